"""Every setting, typed, with its default and unit. The only reader of the environment and of sigap.toml."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError
from pydantic_settings.sources import TomlConfigSettingsSource

PREFIX = "SIGAP_"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class AccountSettings(BaseModel):
    """One number, bot or page of one city. All further words are the channel's own credentials (see its file)."""

    model_config = ConfigDict(extra="allow")

    city: str
    channel: str
    name: str

    @property
    def credentials(self) -> dict[str, str]:
        return {key: str(value) for key, value in (self.model_extra or {}).items()}


class NluSettings(BaseModel):
    """What of understanding may be settled from outside."""

    model_config = ConfigDict(extra="forbid")

    rasa_url: str = Field("", description="A Rasa server to ask beside our own understander, http(s)://…[?token=…]")
    rasa_role: Literal["second", "classifier"] = Field(
        "second", description="second: it may raise an urgency; classifier: its topics and kinds count too"
    )
    parse_token: str = Field("", description="Who shows it may ask POST /model/parse; empty: there is no such door")

    @field_validator("rasa_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError(f"{value!r} is no address: write http://…:5005, or nothing")
        return value


class Settings(BaseSettings):
    """Read from the environment (SIGAP_…), then from sigap.toml in the folder where `sigap` is started."""

    model_config = SettingsConfigDict(env_prefix="SIGAP_", env_nested_delimiter="__", toml_file="sigap.toml")

    data: Path = Field(Path("data"), description="Folder of the embedded database, media and trained models")
    models: Path | None = Field(None, description="Folder of trained models; empty: `models` in the data folder")
    database_url: str = Field("", description="sqlite:///… or postgresql://…; empty: SQLite in the data folder")
    cities: Annotated[tuple[str, ...], NoDecode] = Field(("kendari", "ambon"), description="Cities served, by slug")
    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8112, ge=1, le=65535, description="Port to listen on")
    public_url: str = Field("", description="HTTPS address under which providers and staff reach this machine")
    accounts: list[AccountSettings] = Field(
        default_factory=list, description="Numbers, bots and pages; each city has a web page by itself"
    )
    example_cards: bool = Field(
        False, description="Send cards whose approval is only an example: for a demo or a drill, never in earnest"
    )
    tile_url: str = Field("", description="Map tiles, https://…/{z}/{x}/{y}.png; empty: a map of districts and pins")
    tile_attribution: str = Field("", description="What the tile server wants to be named as")
    nlu: NluSettings = Field(default_factory=NluSettings, description="Rasa beside us, and us as a Rasa server")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")
    log_json: bool = Field(False, description="One JSON object a log line, for machines")

    @field_validator("cities", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.upper() not in LEVELS:
            raise ValueError(f"{value!r} is no level: write one of {', '.join(LEVELS)}")
        return value.upper()

    @field_validator("tile_url")
    @classmethod
    def _tiles(cls, value: str) -> str:
        """A map server's, or one of our own paths."""
        whole = all(part in value for part in ("{z}", "{x}", "{y}"))
        if value and not (value.startswith(("https://", "http://", "/")) and whole):
            raise ValueError(f"{value!r} shows no map: write https://…/{{z}}/{{x}}/{{y}}.png, or nothing")
        return value

    @model_validator(mode="after")
    def _accounts_fit(self) -> Settings:
        if not self.cities:
            raise ValueError("SIGAP_CITIES names no city: write for example SIGAP_CITIES=kendari,ambon")
        seen: set[tuple[str, str]] = set()
        for one in self.accounts:
            if one.city not in self.cities:
                raise ValueError(f"account {one.channel}/{one.name} is of {one.city!r}: add it to SIGAP_CITIES")
            if (one.channel, one.name) in seen:
                raise ValueError(f"two accounts are called {one.channel}/{one.name}: give one another name")
            seen.add((one.channel, one.name))
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def url(self) -> str:
        """The database's address, the embedded one if none is set."""
        return self.database_url or f"sqlite:///{(self.data / 'sigap.db').resolve()}"

    @property
    def media(self) -> Path:
        return self.data / "media"

    @property
    def model(self) -> Path:
        return (self.models or self.data / "models") / "understander"


class BadSettings(ValueError):
    """The settings cannot be used. ``problems``: a sentence each, naming the setting and how to mend it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_settings() -> Settings:
    """The settings of this environment and folder. Raises BadSettings."""
    try:
        return Settings()
    except ValidationError as wrong:
        raise BadSettings(
            [_sentence(one["loc"], one["type"], one["msg"]) for one in wrong.errors(include_url=False)]
        ) from None
    except tomllib.TOMLDecodeError as wrong:
        raise BadSettings([f"sigap.toml is no TOML: {wrong}"]) from None
    except SettingsError:  # the one setting with a form of its own
        raise BadSettings(
            ['SIGAP_ACCOUNTS is no JSON: write [{"city": …, "channel": …, "name": …}], or use sigap.toml']
        ) from None
    except OSError as wrong:
        raise BadSettings([f"sigap.toml cannot be read: {wrong.strerror}"]) from None


def _sentence(place: tuple[int | str, ...], kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return f"sigap.toml: {place[0]!r} is no setting: the README lists them all"
    name = PREFIX + "__".join(str(part) for part in place).upper() if place else "settings"
    return f"{name}: {message.removeprefix('Value error, ')}"


def unknown_settings(environment: Mapping[str, str] | None = None) -> list[str]:
    """A sentence for each variable of the environment that looks like a setting and is none: perhaps a slip."""
    names = {f"{PREFIX}{field}".upper() for field in Settings.model_fields if field != "nlu"}
    names |= {f"{PREFIX}NLU__{field}".upper() for field in NluSettings.model_fields}
    found = []
    for name in sorted(os.environ if environment is None else environment):
        if name.upper().startswith(PREFIX) and name.upper() not in names:
            near = difflib.get_close_matches(name.upper(), names, 1)
            found.append(f"{name} is no setting: {f'did you mean {near[0]}?' if near else 'the README lists them all'}")
    return found
