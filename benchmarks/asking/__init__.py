"""How fast cases are asked about, beside other clients, against one server of fixed latency."""
