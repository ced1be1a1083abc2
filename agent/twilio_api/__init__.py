"""Clients of Twilio's APIs: pooled ones under the SDK's, and typed ones where it gives none."""
