"""How the page of a behavior run looks beside what all pages share."""

from __future__ import annotations

from behaviorvlm.report.contact_sheet import TILE_PX
from behaviorvlm.review.behavior_clips import PICTURES, STRIP_SIZE

BEHAVIOR_STYLE = (
    """
:root { --st-ink: #1b1b1b; --st-soft: #6b6b6b; --st-row: #e3e3e3; --st-now: #d3006b; --st-alone: #757575; }
.body--dark { --st-ink: #f0f0f0; --st-soft: #a8a8a8; --st-row: #33373d; --st-now: #ff5aa8; --st-alone: #9a9a9a; }
.bv-left.bv-behavior { overflow: hidden; }
.bv-top .q-select .q-field__native { min-height: 26px; padding: 0; }
.bv-top .q-select .q-field__marginal { height: 28px; }
.bv-keys { grid-template-columns: auto 1fr auto 1fr; }
.q-dialog__inner--minimized > .q-card:has(.bv-keys) { max-width: 900px; }
.st-stage { display: flex; flex-direction: column; gap: 4px; height: 100%; overflow-y: auto; overflow-x: hidden; }
.st-film { position: relative; flex: 1 1 240px; min-height: 200px; background: #181818; border-radius: 3px;
  overflow: hidden; cursor: pointer; }
.st-film video, .st-film canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
.st-film video { object-fit: contain; }
.st-notice { position: absolute; left: 0; right: 0; bottom: 0; padding: 6px 10px; background: #000c; color: #fff;
  font-size: 13px; }
.st-strip { flex: none; width: 100%; line-height: 0; }
.st-strip canvas { width: 100%; touch-action: none; cursor: pointer; }
.st-bar { flex: none; display: flex; align-items: center; gap: 4px; font-size: 12px; white-space: nowrap; }
.st-bar button { border: 1px solid var(--edge); border-radius: 3px; background: var(--panel); color: inherit;
  min-width: 28px; height: 24px; padding: 0 6px; cursor: pointer; font: inherit; }
.st-bar button.st-on { background: var(--chosen); }
.st-where { font-variant-numeric: tabular-nums; min-width: 206px; }
.st-field { width: 104px; height: 24px; border: 1px solid var(--edge); border-radius: 3px; padding: 0 6px;
  background: transparent; color: inherit; font: inherit; }
.st-field.st-wrong { border-color: #b3261e; }
.st-gap { flex: 1; }
.bv-cards { overflow-y: auto; flex: 1 1 220px; min-height: 120px; display: flex; flex-direction: column; gap: 3px;
  font-size: 12px; line-height: 15px; }
.bv-card { border: 1px solid var(--edge); border-left: 5px solid; border-radius: 3px; padding: 3px 6px;
  cursor: pointer; }
.bv-card.bv-chosen { background: var(--chosen); }
.bv-card .bv-head { display: flex; gap: 6px; font-weight: 600; }
.bv-card .bv-said-of { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.bv-card.bv-chosen .bv-said-of { -webkit-line-clamp: 6; }
.bv-acts { display: grid; grid-template-columns: repeat(3, 1fr); gap: 3px; }
.bv-acts .q-btn { font-size: 11px; min-height: 22px; padding: 0 6px; text-transform: none; }
.bv-acts .q-btn .q-btn__content { justify-content: space-between; flex-wrap: nowrap; }
.bv-clips { display: grid; grid-template-columns: repeat(6, 168px); gap: 8px; width: 100%;
  justify-content: space-between; min-height: 424px;
  align-content: start; }
.bv-clip { cursor: pointer; font-size: 11px; line-height: 14px; }
.bv-clip:hover, .bv-clip:focus { outline: 2px solid var(--st-now); }
.bv-clip .bv-dim { opacity: .35; }
"""
    f".bv-film {{ width: {TILE_PX}px; height: {TILE_PX}px; background-color: #222;"
    f" background-size: {STRIP_SIZE[0]}px {STRIP_SIZE[1]}px; border-radius: 3px;"
    f" animation: bv-film 1s steps({PICTURES}) infinite; }}\n"
    f"@keyframes bv-film {{ to {{ background-position: -{STRIP_SIZE[0]}px 0; }} }}\n"
    "@media (prefers-reduced-motion: reduce) { .bv-film { animation-play-state: paused; }"
    " .bv-clip:hover .bv-film { animation-play-state: running; } }\n"
)
