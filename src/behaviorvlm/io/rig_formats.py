"""Formats of positions in space and of cameras, as rows of the registry."""

from __future__ import annotations

from behaviorvlm.io.file_format import FileFormat

CALIBRATION_FORMATS: tuple[FileFormat, ...] = (
    FileFormat(
        "anipose",
        "calibration",
        "anipose calibration.toml",
        endings=(".toml",),
        read="behaviorvlm.io.anipose:read_calibration",
        recognize="behaviorvlm.io.anipose:is_calibration",
        write="behaviorvlm.io.anipose:write_calibration",
        keeps="everything",
        loses="nothing",
        judge="aniposelib 0.8 (CameraGroup.load); sleap-io 0.9",
    ),
    FileFormat(
        "dannce",
        "calibration",
        "DANNCE / Label3D .mat with params",
        endings=(".mat",),
        read="behaviorvlm.io.dannce:read_calibration",
        recognize="behaviorvlm.io.dannce:is_calibration",
        write="behaviorvlm.io.dannce:write_calibration",
        keeps="names, order, matrices, skew, distortion, poses in mm",
        loses="picture sizes",
        judge="scipy.io and DANNCE's formulas: DANNCE itself is not on PyPI",
    ),
    FileFormat(
        "jarvis",
        "calibration",
        "JARVIS-MoCap folder with <camera>.yaml",
        read="behaviorvlm.io.jarvis_calibration:read_calibration",
        recognize="behaviorvlm.io.jarvis_calibration:is_calibration",
        write="behaviorvlm.io.jarvis_calibration:write_calibration",
        keeps="names that a file may have, matrices, skew, distortion, poses in mm",
        loses="picture sizes, the order of the cameras; JARVIS itself ignores p1, p2 and k3",
        judge="cv2.FileStorage and JARVIS's formulas: JARVIS is not on PyPI",
    ),
    FileFormat(
        "sleap",
        "calibration",
        "sleap-io camera group .json (read: also in a .slp)",
        endings=(".json",),
        read="behaviorvlm.io.sleap_calibration:read_calibration",
        recognize="behaviorvlm.io.sleap_calibration:is_calibration",
        write="behaviorvlm.io.sleap_calibration:write_calibration",
        keeps="everything",
        loses="nothing",
        judge="sleap-io 0.9 (make_camera_group)",
    ),
    FileFormat(
        "opencv",
        "calibration",
        "OpenCV FileStorage .yaml or .xml (read: also a folder with one of each camera)",
        endings=(".yaml", ".yml", ".xml"),
        read="behaviorvlm.io.opencv_calibration:read_calibration",
        recognize="behaviorvlm.io.opencv_calibration:is_calibration",
        write="behaviorvlm.io.opencv_calibration:write_calibration",
        keeps="everything",
        loses="nothing",
        judge="cv2.FileStorage of opencv-python 5.0",
    ),
)

POSITION_FORMATS: tuple[FileFormat, ...] = (
    FileFormat(
        "anipose",
        "pose",
        "anipose 3D table .csv",
        endings=(".csv",),
        read="behaviorvlm.io.points3d:read_pose",
        recognize="behaviorvlm.io.points3d:is_points3d",
        write="behaviorvlm.io.points3d:write_pose",
        keeps="positions in mm, reprojection error, number of views, score; one individual",
        loses="2D points, cameras, skeleton, frame rate",
        judge="none: aniposelib has no reader of its own for it; read back with pandas",
    ),
)

RIG_FORMATS: tuple[FileFormat, ...] = (*POSITION_FORMATS, *CALIBRATION_FORMATS)
