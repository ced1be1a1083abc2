// Moves and scales a picture larger than its frame: to what matters, or as the hand wants it.

const MARGIN = 28;
const SCALES = { least: 0.12, most: 2.5, closest: 1.05 };
const DRAG = 4;

export class Camera {
  /** `size` is that of a box given to `show` by its middle. */
  constructor(frame, stage, size) {
    this._frame = frame;
    this._stage = stage;
    this._size = size;
    this._place = { scale: 1, x: 0, y: 0 };
    this.isSteered = false;
    this._steer();
  }

  /** Everything between these boxes, as large as fits; boxes are `{x, y}`. */
  show(boxes, most = SCALES.closest) {
    const { clientWidth, clientHeight } = this._frame;
    if (!clientWidth || !clientHeight || !boxes.length) return;
    const [left, right] = range(boxes.map(({ x }) => x));
    const [top, bottom] = range(boxes.map(({ y }) => y));
    const width = right - left + this._size.width + MARGIN * 2;
    const height = bottom - top + this._size.height + MARGIN * 2;
    const scale = Math.min(clientWidth / width, clientHeight / height, most);
    this._move({
      scale,
      x: clientWidth / 2 - ((left + right) / 2) * scale,
      y: clientHeight / 2 - ((top + bottom) / 2) * scale,
    });
  }

  /** Around a point of the frame, by default its middle. */
  zoom(factor, at = null) {
    const [pointX, pointY] = at ?? [this._frame.clientWidth / 2, this._frame.clientHeight / 2];
    const { scale: before, x, y } = this._place;
    const scale = Math.min(SCALES.most, Math.max(SCALES.least, before * factor));
    const ratio = scale / before;
    this.isSteered = true;
    this._move({ scale, x: pointX - (pointX - x) * ratio, y: pointY - (pointY - y) * ratio });
  }

  _move(place) {
    this._place = place;
    this._stage.style.transform = `translate(${place.x}px, ${place.y}px) scale(${place.scale})`;
  }

  _steer() {
    this._frame.addEventListener("wheel", (event) => this._turn(event), { passive: false });
    this._frame.addEventListener("pointerdown", ({ clientX, clientY }) => {
      this._held = [clientX, clientY];
    });
    this._frame.addEventListener("pointermove", (event) => this._pull(event));
    for (const end of ["pointerup", "pointerleave", "pointercancel"]) {
      this._frame.addEventListener(end, () => this._letGo());
    }
  }

  _turn(event) {
    event.preventDefault();
    const { left, top } = this._frame.getBoundingClientRect();
    this._frame.classList.add("steered");
    this.zoom(event.deltaY < 0 ? 1.1 : 0.9, [event.clientX - left, event.clientY - top]);
  }

  /** A hand that shakes a little still clicks. */
  _pull({ clientX, clientY }) {
    if (!this._held) return;
    const [x, y] = this._held;
    const isPulling = this._frame.classList.contains("steered");
    if (!isPulling && Math.hypot(clientX - x, clientY - y) < DRAG) return;
    this._frame.classList.add("steered");
    this._held = [clientX, clientY];
    this.isSteered = true;
    const { scale, x: left, y: top } = this._place;
    this._move({ scale, x: left + clientX - x, y: top + clientY - y });
  }

  _letGo() {
    this._held = null;
    this._frame.classList.remove("steered");
  }
}

function range(numbers) {
  return [Math.min(...numbers), Math.max(...numbers)];
}
