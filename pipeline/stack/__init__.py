"""The local Kafka and Elasticsearch: real servers, from packages alone, kept in one folder, the `Home`.

`start` fetches what is missing and returns the addresses once both answer; the servers stay when the caller ends, until
`stop`. Data is kept between runs. A home may be secured: encrypted, with a user for each role. Nothing that this package has not started is ever ended.
"""

from pipeline.home import Addresses, Home, default_home
from pipeline.stack.security import ADMIN, Login, Security, security_of
from pipeline.stack.servers import ServerState, State, addresses, running, start, start_one, stop, stop_one

__all__ = [
    "ADMIN",
    "Addresses",
    "Home",
    "Login",
    "Security",
    "ServerState",
    "State",
    "addresses",
    "default_home",
    "running",
    "security_of",
    "start",
    "start_one",
    "stop",
    "stop_one",
]
