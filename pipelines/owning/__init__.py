"""What owning costs, looking forward: one component a module, each a pure function to the same monthly frame."""
