"""How a store of an older release becomes one of this: a file a step, never changed again."""
