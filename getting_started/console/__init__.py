"""The page that shows it all on one screen: customer, flow, the human's desk, the wire."""
