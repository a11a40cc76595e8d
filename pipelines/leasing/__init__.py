"""What leasing costs, looking forward: one kind of lease a module, each a pure function to the same monthly frame."""
