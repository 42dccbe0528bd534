"""A project's policy: its defaults, and what it cannot hold."""

from typing import Any

import pytest

from specflow.accounts.capabilities import Role
from specflow.accounts.policy import Policy, checked_policy, policy_of
from specflow.errors import Invalid

DECIDING = ["reviewer", "product_manager", "maintainer"]
RUNNER = {"provider": "command", "options": {"argv": ["echo", "done"]}, "timeout": 30}


def test_without_a_word_one_other_person_decides():
    assert policy_of({}) == Policy()
    assert Policy().as_dict() == {
        "approvals_needed": 1,
        "deciding_roles": DECIDING,
        "self_approval": False,
        "comments_resolved": False,
        "proposals_only": False,
        "review_required": False,
        "runner": {},
        "vectors": {},
    }


@pytest.mark.parametrize(
    "policy",
    [
        {},
        {"approvals_needed": 1},
        {"approvals_needed": 20},
        {"deciding_roles": ["maintainer"]},
        {"deciding_roles": DECIDING},
        {"self_approval": True, "comments_resolved": False},
        {"proposals_only": True, "review_required": True},
        {"runner": RUNNER},
        {"runner": {}},
        {"vectors": {}},
        {"vectors": {"command": ["make", "vectors"], "addresses": ["http://127.0.0.1:8001"], "timeout": 30}},
        {"vectors": {"addresses": ["https://api.example.org", "http://[::1]:8080/"]}},
    ],
)
def test_what_a_policy_may_say_comes_back(policy: dict[str, Any]):
    assert checked_policy(policy) == policy
    assert {name: policy_of(policy).as_dict()[name] for name in policy} == policy


@pytest.mark.parametrize(
    ("policy", "key"),
    [
        ({"unknown": 1}, "unknown"),
        ({"as_dict": 1}, "as_dict"),
        ({"__class__": 1}, "__class__"),
        ({"": 1}, ""),
        ({"approvals_needed": 0}, "approvals_needed"),
        ({"approvals_needed": 21}, "approvals_needed"),
        ({"approvals_needed": -1}, "approvals_needed"),
        ({"approvals_needed": 1.5}, "approvals_needed"),
        ({"approvals_needed": "1"}, "approvals_needed"),
        ({"approvals_needed": True}, "approvals_needed"),
        ({"approvals_needed": None}, "approvals_needed"),
        ({"deciding_roles": []}, "deciding_roles"),
        ({"deciding_roles": "maintainer"}, "deciding_roles"),
        ({"deciding_roles": ["viewer"]}, "deciding_roles"),
        ({"deciding_roles": ["maintainer", "engineer"]}, "deciding_roles"),
        ({"deciding_roles": [["maintainer"]]}, "deciding_roles"),
        ({"deciding_roles": [None]}, "deciding_roles"),
        ({"self_approval": 1}, "self_approval"),
        ({"self_approval": None}, "self_approval"),
        ({"comments_resolved": "true"}, "comments_resolved"),
        ({"runner": "command"}, "runner"),
        ({"runner": {"options": {}}}, "runner"),
        ({"runner": {"provider": 1}}, "runner"),
        ({"runner": None}, "runner"),
        ({"vectors": None}, "vectors"),
        ({"vectors": {"provider": "command"}}, "vectors"),
        ({"vectors": {"command": "make vectors"}}, "vectors"),
        ({"vectors": {"command": [""]}}, "vectors"),
        ({"vectors": {"command": ["make", 1]}}, "vectors"),
        ({"vectors": {"timeout": 0}}, "vectors"),
        ({"vectors": {"timeout": 601}}, "vectors"),
        ({"vectors": {"timeout": True}}, "vectors"),
        ({"vectors": {"addresses": "http://a"}}, "vectors"),
        ({"vectors": {"addresses": ["ftp://a"]}}, "vectors"),
        ({"vectors": {"addresses": ["http://a/path"]}}, "vectors"),
        ({"vectors": {"addresses": ["http://a?b"]}}, "vectors"),
        ({"vectors": {"addresses": ["http://user:word@a"]}}, "vectors"),
        ({"vectors": {"addresses": ["http://a:99999"]}}, "vectors"),
        ({"vectors": {"addresses": ["http://*"]}}, "vectors"),
        ({"vectors": {"addresses": [""]}}, "vectors"),
    ],
)
def test_what_a_policy_may_not_say_is_named(policy: dict[str, Any], key: str):
    with pytest.raises(Invalid) as refused:
        checked_policy(policy)

    assert refused.value.code == "invalid_policy"
    assert refused.value.details["key"] == key


@pytest.mark.parametrize(
    ("options", "code"),
    [({"text": "nul\0"}, "invalid_text"), ({"n": float("nan")}, "invalid_json"), ({"t": "x" * 300_000}, "too_large")],
)
def test_a_runners_options_are_what_json_and_the_database_hold(options: dict[str, Any], code: str):
    with pytest.raises(Invalid) as refused:
        checked_policy({"runner": {"provider": "command", "options": options}})

    assert refused.value.code == code


def test_every_role_that_may_decide_decides_unless_the_policy_says_otherwise():
    assert [role for role in Role.values if role in Policy().deciding_roles] == DECIDING


def test_a_key_that_a_later_version_wrote_is_left_aside():
    assert policy_of({"approvals_needed": 2, "of_the_future": True}) == Policy(approvals_needed=2)
