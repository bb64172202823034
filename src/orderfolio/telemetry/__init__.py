"""What the server does, in figures and traces, for those who run it. Off unless asked for."""
