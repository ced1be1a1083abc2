"""Twilio's side of the line: callers and writers, with Twilio's signatures."""
