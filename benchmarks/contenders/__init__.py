"""What is measured: this agent, and plain TAC in its documented patterns."""
