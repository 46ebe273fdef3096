"""What every block of params.yaml is: frozen, typed, and of known keys."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
"""Names become parts of paths, of DVC addresses (`train@name`) and of dotted keys."""


class Block(BaseModel):
    """A mapping of params.yaml with known keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class OpenBlock(Block):
    """A mapping whose further keys are keyword arguments, gathered in `options`."""

    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def gather_options(cls, block: Any) -> Any:
        """Move every key that is no field into `options`."""
        if not isinstance(block, dict):
            return block
        own = {key: value for key, value in block.items() if key in cls.model_fields}
        return {"options": {key: block[key] for key in block if key not in own}} | own
