"""The demo: people of flesh and SIPp who call one another over the real switch."""
