"""The nouns: frozen records, checked at birth, without file access."""

from behaviorvlm.types.arrays import (
    AnyArray,
    BoolArray,
    ByteArray,
    ComplexArray,
    Float32Array,
    FloatArray,
    IntArray,
    all_finite,
)
from behaviorvlm.types.assignment import KeypointAssignment
from behaviorvlm.types.bout import Bout
from behaviorvlm.types.camera import Camera, CameraGroup
from behaviorvlm.types.candidate import CandidateFlag, CandidateSet
from behaviorvlm.types.correspondence import Correspondence
from behaviorvlm.types.ethogram import Behavior, Ethogram
from behaviorvlm.types.exemplar import Exemplar
from behaviorvlm.types.pose import Pose3D, PoseFlag
from behaviorvlm.types.protocols import FrameSource, ResultSink, RowStore
from behaviorvlm.types.recording import SCENE, ColorFrameSource, Recording, frame_edges_s
from behaviorvlm.types.recording_summary import RecordingSummary
from behaviorvlm.types.roles import KeypointRoles, Role
from behaviorvlm.types.segment import NO_CLUSTER, Segment
from behaviorvlm.types.session import FLUORESCENCE, VISIBLE, RecordingSession
from behaviorvlm.types.skeleton import BodyRegion, Skeleton
from behaviorvlm.types.tracks import Tracks
from behaviorvlm.types.view import RegionBox, View
from behaviorvlm.types.visual_encoder import VisualEncoder

__all__ = [
    "FLUORESCENCE",
    "NO_CLUSTER",
    "SCENE",
    "VISIBLE",
    "AnyArray",
    "Behavior",
    "BodyRegion",
    "BoolArray",
    "Bout",
    "ByteArray",
    "Camera",
    "CameraGroup",
    "CandidateFlag",
    "CandidateSet",
    "ColorFrameSource",
    "ComplexArray",
    "Correspondence",
    "Ethogram",
    "Exemplar",
    "Float32Array",
    "FloatArray",
    "FrameSource",
    "IntArray",
    "KeypointAssignment",
    "KeypointRoles",
    "Pose3D",
    "PoseFlag",
    "Recording",
    "RecordingSession",
    "RecordingSummary",
    "RegionBox",
    "ResultSink",
    "Role",
    "RowStore",
    "Segment",
    "Skeleton",
    "Tracks",
    "View",
    "VisualEncoder",
    "all_finite",
    "frame_edges_s",
]
