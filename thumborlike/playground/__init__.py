"""The playground: a page on which URLs are put together and tried (PLAYGROUND)."""
