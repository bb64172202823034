"""PostgreSQL beside itself: what our server gets from it over HTTP, and what pgbench gets."""
