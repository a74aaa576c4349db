"""The edge: what any stranger on the network can reach, before a channel hears of it."""
