import gc
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import seatrial

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "scenarios" / "rollout-without-prestop"


@pytest.fixture(scope="module")
def result():
    return seatrial.run(EXAMPLE, log_every=1)


def test_one_seed_gives_one_run(result):
    assert result.seed == 1
    assert seatrial.run(EXAMPLE, seed=1).fingerprint == result.fingerprint
    assert seatrial.run(EXAMPLE, seed=2).fingerprint != result.fingerprint


def test_the_command_gives_the_same_run(result):
    command = Path(sys.executable).with_name("seatrial")
    printed = subprocess.run(
        [command, "run", EXAMPLE, "--no-wall-time"], capture_output=True, text=True, check=True
    ).stdout
    assert result.fingerprint in printed


def test_frames_agree_with_the_document(result):
    load = result.json["requests"]["public"]
    assert len(result.requests) == load["ok"] + load["failed"]
    by_outcome = result.requests.groupby("outcome", observed=True).size().to_dict()
    assert by_outcome == load["outcomes"]
    assert result.outcomes.set_index("outcome")["requests"].to_dict() == load["outcomes"]
    assert result.latency["count"].sum() == load["ok"]
    assert result.seconds["sent"].sum() == load["total"]
    assert len(result.pods) == len(result.json["pods"])
    assert list(result.pods["name"]) == [pod["name"] for pod in result.json["pods"]]
    assert len(result.events) == len(result.json["events"])
    assert len(result.timeline) == len(result.json["timeline"])
    assert len(result.replicas) == sum(len(series["points"]) for series in result.json["replicas"])
    assert bool(result.expectations["held"].all()) is result.passed is True
    assert list(result.findings["rule"]) == [finding["rule"] for finding in result.json["findings"]]


def test_requests_name_their_pods(result):
    failed = result.requests[result.requests["outcome"] != "ok"]
    old = failed["version"] == "1.3"
    assert len(failed) == result.json["requests"]["public"]["failed"]
    assert old.all()
    pods = set(result.pods["namespace"].astype(str) + "/" + result.pods["name"].astype(str))
    assert set(failed["pod"]) <= pods
    # Half of the latencies of those that succeeded lie below the histogram's median.
    ok = result.requests[result.requests["outcome"] == "ok"]["latency_ns"].to_numpy() / 1e9
    assert np.median(ok) == pytest.approx(result.json["requests"]["public"]["latency"]["p50"], rel=0.01)


def test_every_nth_request_is_kept(result):
    tenth = seatrial.run(EXAMPLE, log_every=10)
    assert tenth.fingerprint == result.fingerprint
    assert (tenth.requests["id"] % 10 == 0).all()
    assert len(tenth.requests) == (result.requests["id"] % 10 == 0).sum()
    assert len(seatrial.run(EXAMPLE).requests) == 0


def test_columns_are_not_copied_and_outlive_the_result():
    made = seatrial.run(EXAMPLE, until=5, log_every=1)
    latency = made.requests["latency_ns"].to_numpy()
    again = made._run.request_columns()["latency_ns"]
    assert np.shares_memory(latency, again)
    assert not latency.flags.owndata and not latency.flags.writeable
    before = latency.sum()
    del made, again
    gc.collect()
    assert latency.sum() == before > 0


def test_until_stops_earlier():
    assert seatrial.run(EXAMPLE, until=3).seconds["second"].max() <= 3


def test_other_threads_go_on_meanwhile():
    count, stop = 0, threading.Event()

    def spin():
        nonlocal count
        while not stop.is_set():
            count += 1
            time.sleep(0)

    thread = threading.Thread(target=spin)
    thread.start()
    before = count
    seatrial.run(EXAMPLE)
    during = count - before
    stop.set()
    thread.join()
    assert during > 100


def test_a_sweep_gives_a_row_for_each_seed(result):
    frame = seatrial.sweep(EXAMPLE, seeds=[1, 2, 1])
    assert list(frame["seed"]) == [1, 2, 1]
    assert frame["fingerprint"][0] == frame["fingerprint"][2] == result.fingerprint
    assert frame["failed"][0] == result.json["requests"]["public"]["failed"]
    assert (frame["p99"] > frame["p50"]).all()


def test_ctrl_c_ends_a_run(tmp_path):
    long = (EXAMPLE / "scenario.yaml").read_text().replace("duration: 6m", "duration: 20h")
    assert "20h" in long
    scenario = EXAMPLE.parent / "rollout-without-prestop" / f".long-{os.getpid()}.yaml"
    scenario.write_text(long)
    program = f"import seatrial\nprint('begins', flush=True)\nseatrial.run({str(scenario)!r})"
    try:
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
            assert run.stdout.readline() == b"begins\n"
            time.sleep(1)
            run.send_signal(signal.SIGINT)
            _, errors = run.communicate(timeout=20)
    finally:
        scenario.unlink()
    assert b"KeyboardInterrupt" in errors


def test_problems_come_all_at_once_with_their_positions(tmp_path):
    (tmp_path / "scenario.yaml").write_text(
        "apiVersion: seatrial/v1\nkind: Scenario\nspec: {duration: soon, sede: 1}\n"
    )
    with pytest.raises(seatrial.ScenarioError) as raised:
        seatrial.run(tmp_path)
    problems = raised.value.problems
    assert len(problems) >= 3
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)
    assert any("sede" in str(problem) and problem.line == 3 for problem in problems)
    assert isinstance(raised.value, ValueError)
    for problem in problems:
        assert str(problem) in str(raised.value)
    with pytest.raises(seatrial.ScenarioError, match="nowhere"):
        seatrial.validate(tmp_path / "nowhere")
    seatrial.validate(EXAMPLE)


def test_a_result_shows_itself(result):
    assert "PASS" in result._repr_html_() and "lost-at-pod-end" in result.text()
    assert result.fingerprint in repr(result)


@pytest.fixture
def with_variant(tmp_path):
    """The example with a variant that has another seed."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    folder = tmp_path / "scenarios" / EXAMPLE.name
    with (folder / "scenario.yaml").open("a") as file:
        file.write("  variants: [{name: other-seed, seed: 7}]\n")
    return folder


def test_a_variant_is_played_by_its_name(with_variant, result):
    assert seatrial.variants(with_variant) == ["other-seed"]
    base, variant = seatrial.run(with_variant), seatrial.run(with_variant, variant="other-seed")
    assert (base.variant, base.json["variant"], base.seed) == (None, None, 1)
    assert (variant.variant, variant.json["variant"], variant.seed) == ("other-seed", "other-seed", 7)
    assert base.fingerprint == result.fingerprint
    assert variant.fingerprint == seatrial.run(EXAMPLE, seed=7).fingerprint
    assert seatrial.sweep(with_variant, [7], variant="other-seed")["fingerprint"][0] == variant.fingerprint


def test_an_unknown_variant_is_a_problem_of_the_scenario(with_variant):
    with pytest.raises(seatrial.ScenarioError, match="there is no variant"):
        seatrial.run(with_variant, variant="another-seed")
