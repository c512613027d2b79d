"""What a number of messages a second needs, and which limit binds first: `sigap capacity`, docs/capacity.md."""
