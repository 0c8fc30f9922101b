"""The behavior pipeline joined with files, models and the run on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from behaviorvlm.errors import SettingsError

if TYPE_CHECKING:
    from behaviorvlm.api.asking import Asking
    from behaviorvlm.behavior.pipeline import Fitted
    from behaviorvlm.behavior.settings import BehaviorSettings, FeatureBlock
    from behaviorvlm.behavior.visual_stage import Looking
    from behaviorvlm.io.recordings import RecordingFile
    from behaviorvlm.runs.behavior_store import BehaviorRun
    from behaviorvlm.types import Behavior, ColorFrameSource, Recording

Progress = Callable[[str, int, int], None]
EXTRA_FILES = ("vocabulary", "exemplars")
"""Files of `BehaviorFiles` on which results depend, beside those of the recordings; hashed into the run."""


@dataclass(frozen=True)
class BehaviorFiles:
    """The files a user names for a behavior run.

    Attributes:
        inputs: Files of tracks, videos, or a project.
        videos: Videos of the tracks, in their order.
        frame_rate_hz: Frames per second, None = from the video.
        px_per_mm: Scale, None = unknown.
        roles: What keypoints are for, None = guessed by name.
        min_confidence: Points of less are missing, None = as usual for the kind of file.
        vocabulary: The behaviors to tell, None = any.
        exemplars: Bouts a person named.
        thresholds: Of the kinematic annotator, None = ours.
        fitted: A run whose scales and clusters are taken.
    """

    inputs: tuple[Path, ...]
    videos: tuple[Path, ...] = ()
    frame_rate_hz: float | None = None
    px_per_mm: float | None = None
    roles: Path | None = None
    min_confidence: float | None = None
    vocabulary: Path | None = None
    exemplars: Path | None = None
    thresholds: Path | None = None
    fitted: Path | None = None


def find_recordings(files: BehaviorFiles) -> list[RecordingFile]:
    """Return the recordings that the files hold, without reading them.

    Raises:
        InputError: If a file cannot be used; the message says which and why.
    """
    from behaviorvlm.io import recordings

    return recordings.find_recordings(
        files.inputs,
        videos=files.videos,
        frame_rate_hz=files.frame_rate_hz,
        px_per_mm=files.px_per_mm,
        roles=files.roles,
        min_confidence=files.min_confidence,
    )


def open_recordings(
    inputs: Path | str | Sequence[Path | str],
    *,
    videos: Path | str | Sequence[Path | str] = (),
    frame_rate_hz: float | None = None,
    px_per_mm: float | None = None,
    roles: Path | str | None = None,
    min_confidence: float | None = None,
) -> list[RecordingFile]:
    """Return the recordings in files of tracks, videos or a project; they are read when a run needs them.

    Args:
        inputs: One file or several.
        videos: Videos of the tracks, in their order.
        frame_rate_hz: Frames per second; needed where there is no video.
        px_per_mm: Scale, None = unknown.
        roles: TOML file that says what keypoints are for, None = guessed by name.
        min_confidence: Points of less are missing, None = as usual for the kind of file.

    Raises:
        InputError: If a file cannot be used; the message says which and why.
    """
    return find_recordings(
        BehaviorFiles(
            inputs=_paths(inputs),
            videos=_paths(videos),
            frame_rate_hz=frame_rate_hz,
            px_per_mm=px_per_mm,
            roles=_path(roles),
            min_confidence=min_confidence,
        )
    )


def segment_behavior(
    recordings: Sequence[RecordingFile],
    *,
    run: Path | str,
    annotator: str | None = None,
    model: str | Sequence[str] | None = None,
    vocabulary: Path | str | None = None,
    exemplars: Path | str | None = None,
    fitted: Path | str | None = None,
    settings: BehaviorSettings | None = None,
    files: BehaviorFiles | None = None,
    workers: int = 1,
    progress: Progress | None = None,
    asking: Asking | None = None,
) -> BehaviorRun:
    """Name what the animals of `recordings` do, and when; take up the run in `run` where it was left.

    Args:
        recordings: What to work on.
        run: The run folder; made if missing. Finished parts in it are not done again.
        annotator: ``kinematic`` or ``vlm``; None = ``vlm`` if a model is given, else as in `settings`.
        model: ``URL#NAME`` for every role, or ``ROLE=URL#NAME``, several in a list; None = as in `settings`.
        vocabulary: TOML file of the behaviors to tell.
        exemplars: CSV file of bouts that a person named.
        fitted: A run whose scales and clusters are taken.
        settings: What else is asked; None = the defaults.
        files: The same files as a command line names them; those above go before. Its inputs are not read again.
        workers: Number of threads that clustering may use.
        progress: Told how far each stage is.
        asking: Prices, budget, prompts and the like, where a model is asked.

    Returns:
        The finished run, open to read; its tables are written.

    Raises:
        SettingsError: If settings do not go together, or a package is missing that they need.
        InputError: If a recording or another file cannot be used.
        RunMismatchError: If the folder holds a run of other inputs or settings.
        RunStorageError: If it cannot be written, or another process writes it. What is finished stays.
        RunCorruptError: If it is damaged.
        ModelError: If a model cannot be had. What is finished stays.
    """
    from behaviorvlm.api.asking import Asking
    from behaviorvlm.api.behavior_answerers import answerers
    from behaviorvlm.api.checked_settings import worded_settings
    from behaviorvlm.behavior.deep_embedded_clustering import require_training_libraries
    from behaviorvlm.behavior.pipeline import BehaviorPipeline
    from behaviorvlm.behavior.settings import BehaviorSettings
    from behaviorvlm.runs.behavior_store import BehaviorRun

    asking = asking or Asking()
    files = _named(files, vocabulary=vocabulary, exemplars=exemplars, fitted=fitted)
    settings = worded_settings(settings or BehaviorSettings(), annotator=annotator, model=model, asks="vlm")
    only_replay = asking.replay is not None and not settings.models
    words, learnt = _vocabulary(files), _fitted(files)
    if learnt is None and not Path(run).exists():  # before hours of measuring; a run that is there may have clusters
        require_training_libraries()
    settings = _settled(settings, recordings, files=files, asking=asking)
    if learnt is not None:
        settings = settings.model_copy(update={"fitted": learnt.content_hash})
    extra = {role: str(path) for role in EXTRA_FILES if (path := getattr(files, role)) is not None}
    with BehaviorRun.start(run, recordings, settings=settings, workers=workers, inputs=extra) as writing:
        opened = {one.name: one.open for one in recordings}
        pipeline = BehaviorPipeline(
            opened, writing.sink, writing.rows, settings, pictures_of, progress or (lambda *_: None), workers
        )
        pipeline.measure(_looking(settings), learnt)
        pipeline.cluster(learnt)
        with answerers(
            pipeline,
            vocabulary=words,
            exemplars=files.exemplars,
            asking=asking,
            run=writing,
            only_replay=only_replay,
        ) as who:
            pipeline.name(who.describer, who.merger)
            if who.denied:
                asking.told(who.denied)
        _finish(writing)
    return BehaviorRun.open(run)


def pictures_of(recording: Recording) -> ColorFrameSource | None:
    """Return the video of a recording, None where it has none."""
    from behaviorvlm.io.color_video import ColorVideoSource

    return ColorVideoSource(recording.video) if recording.video else None


def undo_merges(run: Path | str, merges: Sequence[tuple[str, int]], *, author: str, reason: str = "") -> BehaviorRun:
    """Take merges of a finished run apart, and make its bouts and tables anew; the merges themselves stay on record.

    Args:
        run: The run folder.
        merges: Recording, and number of the merge in ``merges.csv``.
        author: Who does it, for the record.
        reason: Why, for the record.

    Returns:
        The run, open to read.

    Raises:
        SettingsError: If there is no such merge, it holds one segment only, or it was undone before.
        RunError: If the run is not finished, or cannot be written.
    """
    from behaviorvlm.runs.behavior_changes import record_undone
    from behaviorvlm.runs.behavior_store import BehaviorRun

    with BehaviorRun.reopen(run) as writing:
        record_undone(writing, merges, author=author, reason=reason)
        _finish(writing)
    return BehaviorRun.open(run)


def _finish(run: BehaviorRun) -> None:
    """Make the bouts that hold after all changes, and the tables."""
    from behaviorvlm.behavior.kept_results import KeptResults
    from behaviorvlm.behavior.naming_stage import NamingStage
    from behaviorvlm.behavior.settings import BehaviorSettings
    from behaviorvlm.runs.behavior_reader import BehaviorReader
    from behaviorvlm.runs.behavior_tables import write_behavior_tables

    settings, reader = BehaviorSettings.model_validate(run.manifest.settings), BehaviorReader(run)
    stage = NamingStage(KeptResults(run.sink, run.rows), lambda *_: None)
    stage.finish(
        reader.names,
        undone=reader.undone_places(),
        revision=reader.revision,
        min_bout_s=settings.min_split_s,
    )
    write_behavior_tables(run)


def _named(files: BehaviorFiles | None, **paths: Path | str | None) -> BehaviorFiles:
    """Return the files, with those that are given by themselves in place of theirs."""
    given = {role: Path(path) for role, path in paths.items() if path is not None}
    return replace(files or BehaviorFiles(inputs=()), **given)  # type: ignore[arg-type]  # fields that hold one path


def _paths(given: Path | str | Sequence[Path | str]) -> tuple[Path, ...]:
    return tuple(Path(one) for one in ([given] if isinstance(given, Path | str) else given))


def _path(given: Path | str | None) -> Path | None:
    return None if given is None else Path(given)


def _settled(
    settings: BehaviorSettings, recordings: Sequence[RecordingFile], *, files: BehaviorFiles, asking: Asking
) -> BehaviorSettings:
    """Return the settings with features, thresholds, the models of the run that is replayed, and prompts' hashes."""
    from behaviorvlm.api.asking import bound_roles, chosen_prompts
    from behaviorvlm.api.behavior_answerers import ASKED_ROLES
    from behaviorvlm.behavior.kinematic_thresholds import KinematicThresholds
    from behaviorvlm.io.toml_file import read_model

    change: dict[str, object] = {"features": _blocks(settings, recordings)}
    if files.thresholds is not None:
        change["thresholds"] = read_model(files.thresholds, KinematicThresholds, error=SettingsError)
    if settings.annotator == "vlm":
        change["models"] = bound_roles(settings.models, asking, roles=ASKED_ROLES)
        change["prompts"] = chosen_prompts(asking, "behavior").hashes
    return settings.model_copy(update=change)


def _blocks(settings: BehaviorSettings, recordings: Sequence[RecordingFile]) -> tuple[FeatureBlock, ...]:
    """Return what is measured: what was asked for, or tracks where every recording has them, else pictures."""
    tracked = all(one.tracks for one in recordings)
    blocks = settings.features or (("keypoints",) if tracked else ("visual",))
    for block, needed, other in (("keypoints", "tracks", "visual"), ("visual", "video", "keypoints")):
        lacking = [one.name for one in recordings if not getattr(one, needed)]
        if block in blocks and lacking:
            raise SettingsError(
                f"features of {block} are asked for, and a recording has no {needed}",
                where=", ".join(lacking[:5]),
                remedy=f"give its {needed}, or say --features {other}",
            )
    return blocks


def _vocabulary(files: BehaviorFiles) -> tuple[Behavior, ...] | None:
    from behaviorvlm.io.vocabulary import read_vocabulary

    return None if files.vocabulary is None else read_vocabulary(files.vocabulary)


def _fitted(files: BehaviorFiles) -> Fitted | None:
    """Return what another run learnt."""
    from behaviorvlm.behavior.feature_scaling import FeatureScaling
    from behaviorvlm.behavior.pipeline import Fitted
    from behaviorvlm.runs.behavior_store import BehaviorRun
    from behaviorvlm.types.packing import unpack_json

    if files.fitted is None:
        return None
    with BehaviorRun.open(files.fitted) as before:
        scaling, clusters, reduction = (
            before.sink.load(stage, "all") for stage in ("scaling", "clusters", "reduction")
        )
        content_hash = before.sink.content_hash("clusters", "all")
    if scaling is None or clusters is None or content_hash is None:
        raise SettingsError(
            "the fitted run has no clusters yet",
            where=str(files.fitted),
            remedy="let it finish first: give the command that made it again",
        )
    return Fitted(FeatureScaling.from_dict(unpack_json(scaling, dict[str, Any])), clusters, content_hash, reduction)


def _looking(settings: BehaviorSettings) -> Looking | None:
    """Return how pictures become features, None where they are not asked for."""
    if "visual" not in (settings.features or ()):
        return None
    from behaviorvlm.behavior.visual_stage import Looking
    from behaviorvlm.io.visual_encoder import open_encoder

    return Looking(open_encoder(settings.encoder), settings.visual_rate_hz, pictures_of)
