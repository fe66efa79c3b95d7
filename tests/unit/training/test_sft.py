"""The trainer in this process: its loss is TRL's, its checkpoints are whole or absent, a diverged loss is an error."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import Failed
from pipeline.runs.events import Checkpoint, EventLog, Metrics, read_events
from pipeline.runs.layout import RunFolder
from pipeline.training.checkpoints import newest_checkpoint
from pipeline.training.job import load_job
from tests.support.tiny_model import ALL_LINEAR
from tests.support.training_runs import make_project, make_run

torch = pytest.importorskip("torch")
pytestmark = [
    pytest.mark.heavy,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # libraries' own
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


@pytest.fixture(autouse=True)
def torch_as_before() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(False)
    torch.utils.deterministic.fill_uninitialized_memory = True


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    project = make_project(tmp_path_factory.mktemp("project"))
    return make_run(project, "template", num_train_epochs=1, save_steps=4, adapter={"r": 4, "lora_dropout": 0.1})


@pytest.fixture
def run(template: RunFolder, request: pytest.FixtureRequest) -> RunFolder:
    copy = RunFolder(template.path.with_name(request.node.name.replace("/", "-")))
    shutil.copytree(template.path, copy.path)
    return copy


def training_of(run: RunFolder, log: EventLog) -> Any:
    """A training that is ready for its first step, as the worker makes it."""
    from pipeline.training.sft import Training, build_trainer, first_settings, read_rows, require_room
    from pipeline.training.stopping import Wishes

    job = load_job(run)
    training = Training(job, log, Wishes(run), first_settings(1))
    read_rows(training)
    require_room(training)
    build_trainer(training)
    return training


def test_the_loss_is_that_of_trl(run: RunFolder) -> None:
    from trl import SFTTrainer

    from pipeline.training.trainer import features

    with EventLog(run.events) as log:
        training = training_of(run, log)
    trainer = training.trainer
    rows = sorted(training.train, key=lambda row: row.length)
    batch = trainer.data_collator([features(row) for row in (*rows[:4], *rows[-4:])])
    assert int(batch["attention_mask"].sum()) < batch["input_ids"].numel(), "rows of one length would prove little"
    model = trainer.model.eval()
    count = (batch["labels"][:, 1:] != -100).sum()
    ours = trainer.compute_loss(model, dict(batch), num_items_in_batch=count)
    ours.backward()
    gradients = {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}
    model.zero_grad()
    theirs = SFTTrainer.compute_loss(trainer, model, dict(batch), num_items_in_batch=count)
    theirs.backward()
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-6)
    assert gradients
    for name, weight in model.named_parameters():
        if weight.grad is not None:
            rounding = 1e-5 * float(weight.grad.abs().max())  # of sums in another order
            torch.testing.assert_close(gradients[name], weight.grad, rtol=1e-4, atol=rounding + 1e-7)


def test_only_the_adapter_is_trained_and_written(run: RunFolder) -> None:
    from safetensors.torch import load

    from pipeline.training.lora import adapter_weights, target_modules

    with EventLog(run.events) as log:
        model = training_of(run, log).trainer.model
    trained = [name for name, weight in model.named_parameters() if weight.requires_grad]
    assert len(trained) == 2 * 2 * 7 + 2, "A and B of seven matrices in each of two layers, and of the embeddings"
    assert all("lora_" in name for name in trained)
    assert target_modules(model) == sorted((*ALL_LINEAR, "embed_tokens"))
    written = load(adapter_weights(model))
    assert len(written) == len(trained)
    assert all("lora_" in name for name in written), "neither the embeddings themselves nor the output layer"


@pytest.mark.parametrize(
    ("modules", "trained"), [("all-linear", {*ALL_LINEAR}), (["q_proj", "v_proj"], {"q_proj", "v_proj"}),
                             (r".*\.(q|v)_proj", {"q_proj", "v_proj"})]
)  # fmt: skip
def test_words_join_the_layers_however_these_are_named(
    run: RunFolder, modules: str | list[str], trained: set[str]
) -> None:
    from pipeline.plan.model import AdapterSpec
    from pipeline.training.lora import add_lora
    from pipeline.training.sft import load_model

    adapter = AdapterSpec(r=4, lora_alpha=8, lora_dropout=0, target_modules=modules, target_embeddings=True)
    model = add_lora(load_model(load_job(run)), adapter, "base")
    found = {name.partition(".lora_")[0].rpartition(".")[2] for name, _ in model.named_parameters() if ".lora_" in name}
    assert found == trained | {"embed_tokens"}


def test_a_step_changes_words_no_more_than_layers(run: RunFolder) -> None:
    with EventLog(run.events) as log:
        words = training_of(run, log).trainer.model.get_input_embeddings()
    expand = words.lora_embedding_B["default"].detach()
    assert float(expand.std()) == pytest.approx(float(words.weight.std()), rel=0.2)
    assert not words.lora_embedding_A["default"].any(), "and the untrained adapter changes nothing"


def test_looking_at_the_validation_rows_draws_no_random_number(run: RunFolder) -> None:
    with EventLog(run.events) as log:
        training = training_of(run, log)
        trainer = training.trainer
    states = torch.random.get_rng_state()
    first = trainer.validation_loss(training.validation)
    trainer.answer(training.validation[0].prompt_ids, [2], 4)
    assert trainer.validation_loss(training.validation) == first > 0
    assert torch.equal(torch.random.get_rng_state(), states)
    assert trainer.model.training


def test_a_loss_that_is_no_number_ends_the_run(run: RunFolder) -> None:
    from pipeline.training.sft import run_steps

    with EventLog(run.events) as log:
        training = training_of(run, log)
        with torch.no_grad():
            next(weight for weight in training.trainer.model.parameters() if weight.requires_grad).fill_(float("nan"))
        with pytest.raises(Failed, match="loss is nan at step 1") as failure:
            run_steps(training)
    assert failure.value.code == "training.diverged"
    assert "learning_rate" in failure.value.hint
    assert newest_checkpoint(run) is None, "weights that are no numbers are not kept"
    assert not [event for event in read_events(run.events) if isinstance(event, Metrics)]


def test_a_checkpoint_is_complete_or_absent(run: RunFolder) -> None:
    from pipeline.training.sft import run_steps

    with EventLog(run.events) as log:
        run_steps(training_of(run, log))
    written = [event.step for event in read_events(run.events) if isinstance(event, Checkpoint)]
    assert written == [4, 8, 10]
    metrics = [event for event in read_events(run.events) if isinstance(event, Metrics)]
    held = [event.values["memory_gib"] for event in metrics]
    assert held
    assert all(event.values["memory_estimate_gib"] > 0.05 for event in metrics)
    assert all(0.05 < each < 64 for each in held), "GiB of this process"
    assert sorted(path.name for path in run.checkpoints.iterdir()) == ["step-000008", "step-000010"]
    newest = run.checkpoints / "step-000010"
    assert sorted(path.name for path in newest.iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
        "optimizer.pt",
        "progress.json",
        "rng_state.pth",
        "scheduler.pt",
        "trainer_state.json",
    ]
    shutil.copytree(newest, run.checkpoints / ".step-000012.x1")
    (run.checkpoints / "step-000099").mkdir()
    found = newest_checkpoint(run)
    assert found is not None
    assert (found[0], found[1].step) == (newest, 10)


def test_a_full_disk_leaves_the_earlier_checkpoints(run: RunFolder, small_disk: Path) -> None:
    from pipeline.training.sft import run_steps

    run.checkpoints.symlink_to(small_disk)
    with EventLog(run.events) as log:
        training = training_of(run, log)
        with pytest.raises(Failed, match="is full") as failure:
            run_steps(training)
    assert failure.value.code == "disk.full"
    assert sorted(path.name for path in run.checkpoints.iterdir()) == ["step-000004", "step-000008"]
    found = newest_checkpoint(run)
    assert found is not None
    assert found[1].step == 8
