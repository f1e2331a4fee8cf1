"""Where the embedded servers listen and how to log in to them."""

from dataclasses import dataclass

HOST = "127.0.0.1"


@dataclass(frozen=True)
class ServerPlan:
    """Where the servers listen and how to log in; the same from one start to the next."""

    cluster: str
    postgres_port: int
    valkey_port: int
    smtp_port: int
    superuser_password: str
    owner_password: str
    app_password: str
    valkey_password: str

    @property
    def owner_url(self) -> str:
        return f"postgresql://loyalty_owner:{self.owner_password}@{HOST}:{self.postgres_port}/loyalty"

    @property
    def app_url(self) -> str:
        return f"postgresql://loyalty_app:{self.app_password}@{HOST}:{self.postgres_port}/loyalty"

    def redis_url(self, *, database: int = 0) -> str:
        return f"redis://:{self.valkey_password}@{HOST}:{self.valkey_port}/{database}"
