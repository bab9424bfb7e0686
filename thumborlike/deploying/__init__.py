"""Into AWS: the function's package, the stack around it, and what it costs. No part of a server."""
