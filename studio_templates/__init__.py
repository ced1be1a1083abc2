"""Studio flows that receive a handoff: templates, types, rendering and offline checks."""
