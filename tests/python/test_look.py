"""get, describe and rollout status: what kubectl would have printed."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = os.environ.get("SEATRIAL_COMMAND") or Path(sys.executable).with_name("seatrial")
EXAMPLE = ROOT / "scenarios" / "rollout-1.3-to-1.4"


def seatrial(*words):
    return subprocess.run([COMMAND, *words], capture_output=True, text=True, check=False)


def printed(*words):
    answer = seatrial(*words)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def columns(text):
    """The cells of a table, which are two spaces or more apart."""
    return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines() if line]


@pytest.mark.parametrize(
    ("what", "heading"),
    [
        ("pods", "NAME READY STATUS RESTARTS AGE IP NODE NOMINATED-NODE READINESS-GATES"),
        ("deploy", "NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR"),
        ("rs", "NAME DESIRED CURRENT READY AGE CONTAINERS IMAGES SELECTOR"),
        (
            "nodes",
            "NAME STATUS ROLES AGE VERSION INTERNAL-IP EXTERNAL-IP OS-IMAGE KERNEL-VERSION CONTAINER-RUNTIME",
        ),
        ("svc", "NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE SELECTOR"),
        ("quota", "NAME REQUEST LIMIT AGE"),
        ("limits", "NAME CREATED-AT"),
        ("endpointslices", "NAME ADDRESSTYPE PORTS ENDPOINTS AGE"),
        ("ing", "NAME CLASS HOSTS ADDRESS PORTS AGE"),
        ("events", "LAST-SEEN TYPE REASON OBJECT SUBOBJECT SOURCE MESSAGE FIRST-SEEN COUNT NAME"),
    ],
)
def test_get_has_the_columns_of_kubectl(what, heading):
    rows = columns(printed("get", what, EXAMPLE, "--at", "1m", "-o", "wide"))
    assert [cell.replace(" ", "-") for cell in rows[0]] == heading.split()
    assert len(rows) > 1


def test_get_of_several_kinds_names_them_and_gives_services_an_address():
    text = printed("get", "deploy,svc", EXAMPLE, "--at", "1m")
    first, second = text.split("\n\n")
    assert columns(first)[1][0] == "deployment.apps/my-application"
    service = columns(second)[1]
    assert service[0].startswith("service/")
    assert re.fullmatch(r"10\.100\.\d+\.\d+", service[2])
    kinds = {row[0].split("/")[0] for row in columns(printed("get", "all", EXAMPLE, "--at", "1m")) if "/" in row[0]}
    assert kinds == {"pod", "service", "deployment.apps", "replicaset.apps"}


def test_get_filters_by_label_and_name_and_prints_all_formats():
    assert columns(printed("get", "deploy/my-application", EXAMPLE, "-A"))[0][0] == "NAMESPACE"
    assert printed("get", "deploy", EXAMPLE, "-o", "name") == "deployment.apps/my-application\n"
    assert json.loads(printed("get", "deploy", EXAMPLE, "-o", "json"))["kind"] == "Deployment"
    assert "\nkind: Deployment\n" in printed("get", "deploy", EXAMPLE, "-o", "yaml")
    nothing = seatrial("get", "pods", EXAMPLE, "-l", "app=nobody")
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (0, "", "No resources found\n")
    bad = seatrial("get", "pods", EXAMPLE, "-l", "app in nobody")
    assert bad.returncode == 2
    assert "unable to parse requirement" in bad.stderr


def test_get_and_describe_say_what_is_not_there():
    missing = seatrial("get", "deploy/nothing", EXAMPLE)
    assert missing.returncode == 2
    assert missing.stderr == 'Error from server (NotFound): deployments.apps "nothing" not found\n'
    unknown = seatrial("describe", "podz", EXAMPLE)
    assert unknown.returncode == 2
    assert unknown.stderr == 'error: the server doesn\'t have a resource type "podz"\n'


def test_describe_has_the_layout_of_kubectl():
    text = printed("describe", "deploy/my-application", EXAMPLE, "--at", "2m30s")
    titles = re.findall(r"^([A-Z][\w ]*):", text, re.MULTILINE)
    assert titles == [
        "Name",
        "Namespace",
        "CreationTimestamp",
        "Labels",
        "Annotations",
        "Selector",
        "Replicas",
        "StrategyType",
        "MinReadySeconds",
        "RollingUpdateStrategy",
        "Pod Template",
        "Conditions",
        "OldReplicaSets",
        "NewReplicaSet",
        "Events",
    ]
    assert re.search(r"^  Type +Reason +Age +From +Message$", text, re.MULTILINE)
    event = r"^  Normal +ScalingReplicaSet +\S+ .*deployment-controller +Scaled up replica set"
    assert re.search(event, text, re.MULTILINE)
    pods = printed("describe", "pods", EXAMPLE, "--at", "1m")
    assert pods.count("\n\n\nName:") + 1 == len(re.findall(r"^QoS Class:", pods, re.MULTILINE)) > 1


def test_rollout_status_follows_the_rollout_through_time():
    lines = printed("rollout", "status", "deploy/my-application", EXAMPLE).splitlines()
    assert lines[0].startswith("2m")
    assert lines[0].endswith("Waiting for deployment spec update to be observed...")
    assert any("new replicas have been updated..." in line for line in lines)
    assert lines[-1].endswith('deployment "my-application" successfully rolled out')
    once = printed("rollout", "status", "deploy/my-application", EXAMPLE, "--at", "1m", "--no-watch")
    assert once == '1m          deployment "my-application" successfully rolled out\n'


def test_rollout_status_fails_at_the_progress_deadline():
    answer = seatrial("rollout", "status", "deploy/my-application", ROOT / "scenarios" / "rollout-bad-image")
    assert answer.returncode == 1
    assert answer.stdout.endswith('error: deployment "my-application" exceeded its progress deadline\n')


def test_a_misspelt_command_is_told_which_one_was_meant():
    answer = seatrial("rn", EXAMPLE)
    assert answer.returncode == 2
    assert answer.stderr.startswith('error: unknown command "rn" for "seatrial"\n\nDid you mean this?\n\trun\n')
    assert "Did you mean" not in seatrial("kubernetes").stderr
