"""A local Twilio over real HTTP and WebSocket: one folder a service."""
