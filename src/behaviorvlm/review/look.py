"""How the pages look: one sheet of style, light and dark, for 1280 x 800 and more; nothing comes from elsewhere."""

from __future__ import annotations

import math

STYLE = """
:root { --edge: #0002; --soft: #0009; --panel: #f4f5f7; --chosen: #cfe3f5; }
.body--dark { --edge: #fff3; --soft: #fffa; --panel: #1e2126; --chosen: #27476a; }
.nicegui-content { padding: 0; gap: 0; }
.bv-top { display: flex; align-items: center; gap: 10px; height: 44px; padding: 0 10px; width: 100%;
  border-bottom: 1px solid var(--edge); background: var(--panel); flex-wrap: nowrap; overflow: hidden; }
.bv-top .bv-name { font-weight: 600; white-space: nowrap; max-width: 260px; overflow: hidden; text-overflow: ellipsis; }
.bv-soft { color: var(--soft); font-size: 12px; white-space: nowrap; }
.bv-bad { background: #b3261e; color: white; padding: 6px 12px; width: 100%; font-size: 13px; }
.bv-main { display: flex; width: 100%; height: calc(100vh - 44px); }
.bv-left { flex: 1; min-width: 0; display: flex; flex-direction: column; padding: 4px; gap: 4px; overflow: auto; }
.bv-right { width: 366px; border-left: 1px solid var(--edge); display: flex; flex-direction: column; padding: 6px;
  gap: 6px; background: var(--panel); overflow: hidden; }
.bv-views { display: flex; flex-wrap: wrap; gap: 4px; align-content: flex-start; flex: 1; }
.bv-view { position: relative; background: #181818; border-radius: 3px; overflow: hidden; cursor: crosshair; }
.bv-view .bv-title { position: absolute; left: 4px; top: 2px; z-index: 2; color: #eee; font-size: 12px;
  text-shadow: 0 0 3px #000, 0 0 3px #000; cursor: pointer; }
.bv-space { background: #181818; border-radius: 3px; cursor: grab; width: 208px; }
.bv-said { min-height: 32px; font-size: 12px; line-height: 16px; }
.bv-rows { width: 100%; font-size: 12px; overflow-y: auto; border: 1px solid var(--edge); border-radius: 3px; }
.bv-row { display: flex; align-items: center; gap: 6px; padding: 1px 6px; cursor: pointer; height: 19px;
  white-space: nowrap; }
.bv-row:hover { background: var(--edge); }
.bv-row.bv-chosen { background: var(--chosen); }
.bv-row .bv-wide { flex: 1; overflow: hidden; text-overflow: ellipsis; }
.bv-row .bv-num { width: 44px; text-align: right; font-variant-numeric: tabular-nums; }
.bv-swatch { width: 10px; height: 10px; border-radius: 50%; }
.bv-buttons { display: flex; flex-direction: column; gap: 3px; flex: 1; }
.bv-buttons .q-btn { font-size: 11px; min-height: 22px; padding: 0 6px; text-transform: none; }
.bv-buttons .q-btn .q-btn__content { justify-content: space-between; flex-wrap: nowrap; }
.bv-time { display: flex; gap: 4px; }
.bv-time .bv-names { width: 30px; height: 0; min-height: 100%; display: flex; flex-direction: column; font-size: 9px;
  line-height: 1; align-self: stretch; }
.bv-time .bv-names div { flex: 1; min-height: 0; display: flex; align-items: center; justify-content: flex-end; }
.bv-time .bv-map { flex: 1; cursor: pointer; background: #888; }
.bv-time img { image-rendering: pixelated; }
.bv-left img, .bv-left .nicegui-interactive-image { display: block; }
.bv-right .q-select .q-field__control, .bv-right .q-select .q-field__marginal, .bv-top .q-field__control
{ min-height: 28px; height: 28px; }
.bv-right .q-select .q-field__native { min-height: 26px; padding: 0; font-size: 12px; }
.q-tab { min-height: 28px; text-transform: none; padding: 0 8px; }
.q-tab-panel { padding: 4px 0; }
.bv-limits { display: grid; grid-template-columns: 1fr 1fr; gap: 0 14px; }
.bv-line { display: flex; width: 100%; justify-content: space-between; align-items: center; padding: 6px 0 2px;
  font-size: 12px; }
.bv-faults { font-size: 12px; max-height: 120px; overflow-y: auto; }
.bv-answers { padding: 0; gap: 0; flex-wrap: nowrap; overflow: hidden; }
.bv-answers .q-select .q-field__native { min-height: 26px; padding: 0; font-size: 12px; }
.bv-asked { display: flex; width: 100%; flex: 1; min-height: 0; }
.bv-asked-list { width: 420px; display: flex; flex-direction: column; gap: 6px; padding: 8px; font-size: 12px;
  border-right: 1px solid var(--edge); background: var(--panel); overflow-y: auto; }
.bv-stages { display: grid; gap: 1px 18px; padding: 6px 0;
  font-variant-numeric: tabular-nums; }
.bv-words { flex: 1; min-width: 0; overflow-y: auto; padding: 8px 14px 24px; font-size: 13px; }
.bv-words img { max-width: 100%; max-height: 62vh; border-radius: 3px; display: block; margin: 4px 0; }
.bv-head { font-weight: 600; font-size: 12px; padding-top: 8px; }
.bv-text { white-space: pre-wrap; overflow-wrap: anywhere; }
.bv-keys { display: grid; grid-template-columns: auto 1fr; gap: 3px 14px; font-size: 13px; }
.bv-keys kbd { border: 1px solid var(--edge); border-radius: 3px; padding: 0 6px; background: var(--panel); }
"""
ABOVE_AND_BELOW_PX = 190
"""Height of all that is not views."""
USUAL_SHARE = 1.5
"""Width over height of the room for views."""


def tile_style(n_views: int, image_size: tuple[int, int], *, big: bool | None) -> str:
    """Return the CSS width of a view, so that all of them fit on the screen.

    Args:
        n_views: How many there are.
        image_size: (width, height) of the picture.
        big: Whether it is the large one; None = none is.
    """
    share = image_size[0] / image_size[1]
    if big is not None:
        return f"width: min(80%, calc((100vh - {ABOVE_AND_BELOW_PX}px) * {share:.3f}))" if big else "width: 15%"
    columns = max(math.ceil(math.sqrt(n_views * USUAL_SHARE / share)), 1)
    rows = math.ceil(n_views / columns)
    height = f"calc((100vh - {ABOVE_AND_BELOW_PX}px) / {rows} * {share:.3f})"
    return f"width: min(calc({100 / columns:.2f}% - 4px), {height})"
