"""Formats of positions in space and of cameras, as rows of the registry."""

from __future__ import annotations

from behaviorvlm.io.file_format import FileFormat

RIG_FORMATS: tuple[FileFormat, ...] = (
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
