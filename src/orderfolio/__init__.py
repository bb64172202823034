"""A self-hosted server that speaks the Sitecore CDP Order REST API v2.1."""
