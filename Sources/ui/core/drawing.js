/**
 * When the page is drawn: at most once for each frame, however much has changed.
 */

let paint = () => {};
let isDue = false;

/** Says what draws the page. */
export function drawWith(painter) {
  paint = painter;
}

/** The page shall be drawn. */
export function draw() {
  if (isDue) return;
  isDue = true;
  // A hidden page has no frames.
  if (document.hidden) setTimeout(run, 250);
  else requestAnimationFrame(run);
}

function run() {
  if (!isDue) return;
  isDue = false;
  paint();
}

document.addEventListener("visibilitychange", () => {
  if (isDue) run();
});
