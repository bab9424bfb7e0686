"""A stack of CloudFormation: what would change, changing it, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ..records import dataclass
from .calls import told
from .errors import DeployError

NOTHING = ("didn't contain changes", "No updates are to be performed")
ENDED = ("_COMPLETE", "_FAILED")
GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
EMPTY = ("REVIEW_IN_PROGRESS", "")
"""States of stacks that have no resources yet."""

STUCK = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED")
"""Of these a stack cannot be changed, only deleted."""

Say = Callable[[str], None]
Wait = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Change:
    """One resource: `action` is Add, Modify or Remove; `replaced`: it will be another one."""

    action: str
    name: str
    kind: str
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What would change; `set_name` is that of the change set, `new` whether the stack is."""

    changes: tuple[Change, ...]
    set_name: str
    new: bool


class Stack:
    """One stack. All methods raise `DeployError`."""

    def __init__(self, client: Any, name: str, every: float = 3.0, wait: Wait = time.sleep) -> None:
        self._client = client
        self._name = name
        self._every = every
        self._wait = wait

    def plan(self, template: str, parameters: Mapping[str, str]) -> Plan:
        """Have CloudFormation find out what would change; it is not changed."""
        found = self._described()
        state = str(found.get("StackStatus", ""))
        if state in STUCK:
            raise DeployError(
                f"the stack {self._name} is {state}: delete it first (its buckets are kept)"
            )
        new = state in EMPTY
        given = self._merged(template, parameters, found)
        name = f"thumborlike-{int(time.time())}"
        if not self._asked(name, template, given, new):
            return Plan((), "", new)
        return Plan(self._changes(name), name, new)

    def _asked(self, name: str, template: str, given: list[dict[str, Any]], new: bool) -> bool:
        """Make the change set; False if CloudFormation sees at once that nothing would change."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        with told():
            try:
                self._client.create_change_set(
                    StackName=self._name, ChangeSetName=name, TemplateBody=template,
                    ChangeSetType="CREATE" if new else "UPDATE",
                    Capabilities=["CAPABILITY_IAM"], Parameters=given,
                )  # fmt: skip
            except ClientError as error:
                if any(each in str(error) for each in NOTHING):
                    return False
                raise
        return True

    def drop(self, plan: Plan) -> None:
        """Forget the plan; a stack that only it would have made is removed again."""
        if not plan.set_name:
            return
        with told():
            self._client.delete_change_set(StackName=self._name, ChangeSetName=plan.set_name)
            if plan.new:
                self._client.delete_stack(StackName=self._name)

    def carry_out(self, plan: Plan, say: Say) -> None:
        """Do it and wait for the end, telling of each resource that is done."""
        seen = {each["EventId"] for each in self._events()}
        with told():
            self._client.execute_change_set(StackName=self._name, ChangeSetName=plan.set_name)
        failures: list[str] = []
        while True:
            for event in self._events():
                if event["EventId"] not in seen:
                    seen.add(event["EventId"])
                    _tell(event, say, failures)
            state = str(self._described().get("StackStatus", ""))
            if state.endswith(ENDED) and "IN_PROGRESS" not in state:
                break
            self._wait(self._every)
        if state not in GOOD:
            why = failures[0] if failures else "see its events"
            raise DeployError(f"the stack {self._name} is {state}: {why}")

    def outputs(self) -> dict[str, str]:
        """What the stack says of itself."""
        found = self._described().get("Outputs", ())
        return {each["OutputKey"]: each["OutputValue"] for each in found}

    def _described(self) -> Mapping[str, Any]:
        from botocore.exceptions import ClientError  # noqa: PLC0415

        with told():
            try:
                stacks = self._client.describe_stacks(StackName=self._name)["Stacks"]
            except ClientError as error:
                if "does not exist" in str(error):
                    return {}
                raise
        found: Mapping[str, Any] = stacks[0]
        return found

    def _merged(
        self, template: str, parameters: Mapping[str, str], found: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Those that are given; others stay what they are."""
        kept = {each["ParameterKey"] for each in found.get("Parameters", ())} - set(parameters)
        with told():
            known = self._client.get_template_summary(TemplateBody=template)["Parameters"]
        names = {each["ParameterKey"] for each in known}
        if unknown := sorted(set(parameters) - names):
            raise DeployError(
                f"no such parameter: {', '.join(unknown)}; known: {', '.join(sorted(names))}"
            )
        given = [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()]
        same = [{"ParameterKey": k, "UsePreviousValue": True} for k in sorted(kept & names)]
        return [*given, *same]

    def _changes(self, name: str) -> tuple[Change, ...]:
        while True:
            with told():
                found = self._client.describe_change_set(StackName=self._name, ChangeSetName=name)
            if found["Status"] in ("CREATE_COMPLETE", "FAILED"):
                break
            self._wait(self._every)
        reason = str(found.get("StatusReason", ""))
        if found["Status"] == "FAILED" and not any(each in reason for each in NOTHING):
            raise DeployError(f"CloudFormation refuses the stack: {reason}")
        return tuple(_change(each["ResourceChange"]) for each in found.get("Changes", ()))

    def _events(self) -> list[Mapping[str, Any]]:
        """The latest events, oldest first."""
        with told():
            found = self._client.describe_stack_events(StackName=self._name)["StackEvents"]
        return list(reversed(found))


def _change(found: Mapping[str, Any]) -> Change:
    return Change(
        found["Action"], found["LogicalResourceId"], found["ResourceType"],
        found.get("Replacement") == "True",
    )  # fmt: skip


def _tell(event: Mapping[str, Any], say: Say, failures: list[str]) -> None:
    state, name = event.get("ResourceStatus", ""), event.get("LogicalResourceId", "")
    reason = event.get("ResourceStatusReason", "")
    if state.endswith("_FAILED"):
        failures.append(f"{name}: {reason}")
    if state.endswith(ENDED):
        say(f"{state.lower().replace('_', ' ')}: {name}" + (f" ({reason})" if reason else ""))
