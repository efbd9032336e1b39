"""Where the parts are put together: settings, store, resolver and clock for one process."""
