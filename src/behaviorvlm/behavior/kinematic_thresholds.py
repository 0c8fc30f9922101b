"""Every threshold by which measured facts become names, in body lengths, degrees and seconds.

A body length ("bl") is the usual distance from nose to tail base. Published distances in centimeters are taken over
at 8.5 cm, published pixels of the MABe22 clip at 47 px to a body length. No threshold was fitted to labels.

Sources, in full in ``docs/behavior_kinematic.md``: *JAX*, The Jackson Laboratory's rules for group-housed mice;
*AmadeusGPT* (Ye et al. 2023), its rules for a MABe22 clip; *DeepOF* (Bordes et al. 2023), its default parameters;
*ethogram*, the definitions that people score social encounters of mice by; *Live Mouse Tracker* (de Chaumont et al.
2019), as EthoVision has it; *reasoned*, from the shape of a rodent.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator


class KinematicThresholds(BaseModel):
    """Thresholds of `KinematicClipDescriber`. Each can be set in a TOML file; none has to be.

    Attributes:
        body_width_bl: Usual width of a trunk; two trunks whose axes come nearer touch. Reasoned: 2.5 cm of 8.5 cm.
        contact_bl: Any two points of two bodies that come nearer touch. AmadeusGPT: 12 px.
        oral_contact_bl: Nose to nose, or nose to tail base. AmadeusGPT: 15 px; DeepOF: 25 mm.
        oral_ear_contact_bl: Nose to ear. AmadeusGPT: 10 px.
        oral_body_contact_bl: Nose to the axis of the other's trunk: half a width, and 1 cm (JAX) of reach.
        head_contact_bl: The same for a point in the middle of the head, which lies behind the nose. Reasoned.
        close_bl: Bodies that come nearer without touching are close. JAX: 3 cm.
        rest_speed_bl_s: Slower is rest. JAX: 2 cm/s is still.
        locomotion_speed_bl_s: Faster is locomotion. DeepOF: 40 mm/s.
        fast_speed_bl_s: Faster is running. Reasoned: 17 cm/s, about where a mouse changes from walk to trot.
        turning_deg_s: Faster is turning. Reasoned: a quarter turn in a second and a half.
        shortened: A trunk below this share of its usual length is reared, hunched or curled. Reasoned: one that stands
            at 50 degrees to the floor looks this long from above.
        beside_deg: Trunks whose axes differ by less lie side by side. Reasoned: half a right angle.
        ahead_deg: What is within this angle of the heading is ahead. Reasoned: half a right angle.
        behind_deg: What is beyond this angle from the heading is behind. Reasoned: the mirror image of `ahead_deg`.
        directness: Share of the own speed that must go into closing in or getting away. Reasoned: within 45 degrees.
        approach_start_bl: Bodies are at least so far apart when an approach begins. JAX: 5 cm.
        approach_bl: Centers of who approaches and who is approached are nearer than this. Live Mouse Tracker: two body
            lengths.
        follow_bl: Bodies of follower and followed are nearer than this. Ethogram: one body length.
        chase_bl: Bodies of chaser and chased are nearer than this. Ethogram: two body lengths.
        react_s: An animal avoids or flees if it leaves so soon after the other came, or was there. Ethogram: 1 s.
        gaze_deg: What is within this angle of the line through the head is looked at. JAX: 15 degrees.
        watch_nearest_bl: Nearer is not watching but contact or closeness. JAX: 5 cm.
        watch_farthest_bl: Farther is not watching. JAX: 20 cm.
        watch_s: A shorter look is not watching. JAX: 3 s.
        watch_bridge_s: Shorter interruptions do not end watching. JAX: 0.5 s.
        huddle_s: Resting contact that lasts so long is a huddle. JAX: 10 s.
        huddle_bridge_s: Shorter interruptions do not end a huddle. JAX: 2 s.
        bridge_s: Interruptions of any other behavior that are no longer are passed over. Reasoned: a few frames, in
            which points jump.
        shortest_s: A behavior that holds no longer is passed over. Reasoned: as above.
        specific_share: A segment is named by the more specific behavior if that holds for this share of the frames of
            its kind. Reasoned: a third.
        seen_share: A segment in which the animal is seen in a smaller share of frames is unseen. Reasoned.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    body_width_bl: float = Field(default=0.3, gt=0)
    contact_bl: float = Field(default=0.25, gt=0)
    oral_contact_bl: float = Field(default=0.3, gt=0)
    oral_ear_contact_bl: float = Field(default=0.2, gt=0)
    oral_body_contact_bl: float = Field(default=0.27, gt=0)
    head_contact_bl: float = Field(default=0.4, gt=0)
    close_bl: float = Field(default=0.35, gt=0)
    rest_speed_bl_s: float = Field(default=0.24, gt=0)
    locomotion_speed_bl_s: float = Field(default=0.5, gt=0)
    fast_speed_bl_s: float = Field(default=2.0, gt=0)
    turning_deg_s: float = Field(default=60.0, gt=0)
    shortened: float = Field(default=0.65, gt=0, le=1)
    beside_deg: float = Field(default=45.0, gt=0, le=90)
    ahead_deg: float = Field(default=45.0, gt=0, le=180)
    behind_deg: float = Field(default=135.0, ge=0, lt=180)
    directness: float = Field(default=0.7, gt=0, le=1)
    approach_start_bl: float = Field(default=0.6, ge=0)
    approach_bl: float = Field(default=2.0, gt=0)
    follow_bl: float = Field(default=1.0, gt=0)
    chase_bl: float = Field(default=2.0, gt=0)
    react_s: float = Field(default=1.0, gt=0)
    gaze_deg: float = Field(default=15.0, gt=0, le=180)
    watch_nearest_bl: float = Field(default=0.6, ge=0)
    watch_farthest_bl: float = Field(default=2.35, gt=0)
    watch_s: float = Field(default=3.0, ge=0)
    watch_bridge_s: float = Field(default=0.5, ge=0)
    huddle_s: float = Field(default=10.0, ge=0)
    huddle_bridge_s: float = Field(default=2.0, ge=0)
    bridge_s: float = Field(default=0.2, ge=0)
    shortest_s: float = Field(default=0.1, ge=0)
    specific_share: float = Field(default=1 / 3, ge=0, le=1)
    seen_share: float = Field(default=0.3, ge=0, le=1)

    @model_validator(mode="after")
    def _ladders_rise(self) -> KinematicThresholds:
        if not self.rest_speed_bl_s < self.locomotion_speed_bl_s < self.fast_speed_bl_s:
            raise ValueError("rest_speed_bl_s < locomotion_speed_bl_s < fast_speed_bl_s must hold")
        if self.watch_nearest_bl >= self.watch_farthest_bl:
            raise ValueError("watch_nearest_bl < watch_farthest_bl must hold")
        return self
