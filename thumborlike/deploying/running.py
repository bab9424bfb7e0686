"""A deployment from its beginning to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ..records import dataclass
from .calls import Session
from .edge_key import publish_key
from .errors import DeployError
from .stacks import Plan, Stack
from .upload import account_of, bucket_name, key_of, upload

TEMPLATE = Path(__file__).parent / "stack" / "template.yaml"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be deployed. `code_bucket`: None for one of our own; `parameters`: the stack's."""

    stack: str
    package: Path
    parameters: Mapping[str, str]
    code_bucket: str | None = None
    template: Path = TEMPLATE


def deploy(
    wish: Wish, session: Session, say: Say, *, dry: bool, every: float = 3.0
) -> dict[str, str]:
    """Deploy, and tell the stack's outputs; `dry`: tell what would change. Raises `DeployError`."""
    if not wish.package.is_file():
        raise DeployError(f"there is no package {wish.package}")
    owner = None if wish.code_bucket else account_of(session)
    bucket = wish.code_bucket or bucket_name(str(owner), session.region_name)
    given = {"CodeBucket": bucket, "CodeKey": key_of(wish.package), **wish.parameters}
    stack = Stack(session.client("cloudformation"), wish.stack, every)
    if not dry:
        done = upload(session, bucket, wish.package, owner)
        say(f"package {'uploaded to' if done else 'is already in'} {bucket}")
    say("asking CloudFormation what would change")
    plan = stack.plan(wish.template.read_text(encoding="utf-8"), given)
    _tell(plan, say)
    if dry:
        stack.drop(plan)
        return {}
    if plan.changes:
        stack.carry_out(plan, say)
    else:
        stack.drop(plan)
    return _finished(stack.outputs(), session, say)


def _finished(outputs: dict[str, str], session: Session, say: Say) -> dict[str, str]:
    if "SecretArn" in outputs and "EdgeStoreArn" in outputs:
        changed = publish_key(session, outputs["SecretArn"], outputs["EdgeStoreArn"])
        say("key for CloudFront's function " + ("written" if changed else "is up to date"))
    return outputs


def _tell(plan: Plan, say: Say) -> None:
    if not plan.changes:
        say("nothing would change")
    for each in plan.changes:
        note = ", replaced by a new one" if each.replaced else ""
        say(f"  {each.action.lower():<7} {each.name} ({each.kind}{note})")
