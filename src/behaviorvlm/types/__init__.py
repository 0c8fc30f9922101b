"""The nouns: frozen records, checked at birth, without file access."""

from behaviorvlm.types.arrays import AnyArray, BoolArray, ByteArray, FloatArray, IntArray, all_finite
from behaviorvlm.types.assignment import KeypointAssignment
from behaviorvlm.types.camera import Camera, CameraGroup
from behaviorvlm.types.candidate import CandidateFlag, CandidateSet
from behaviorvlm.types.correspondence import Correspondence
from behaviorvlm.types.exemplar import Exemplar
from behaviorvlm.types.pose import Pose3D, PoseFlag
from behaviorvlm.types.protocols import FrameSource, ResultSink
from behaviorvlm.types.session import FLUORESCENCE, VISIBLE, RecordingSession
from behaviorvlm.types.skeleton import BodyRegion, Skeleton
from behaviorvlm.types.view import RegionBox, View

__all__ = [
    "FLUORESCENCE",
    "VISIBLE",
    "AnyArray",
    "BodyRegion",
    "BoolArray",
    "ByteArray",
    "Camera",
    "CameraGroup",
    "CandidateFlag",
    "CandidateSet",
    "Correspondence",
    "Exemplar",
    "FloatArray",
    "FrameSource",
    "IntArray",
    "KeypointAssignment",
    "Pose3D",
    "PoseFlag",
    "RecordingSession",
    "RegionBox",
    "ResultSink",
    "Skeleton",
    "View",
    "all_finite",
]
