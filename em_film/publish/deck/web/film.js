// The film lies in the page once, as base64. A Blob of it is a file to the browser: it seeks without a network.
// Now and then WebKitGTK cannot read a Blob, or not to its end. It reads a data: URL, which takes more memory.

function loadFilm(video, loadedAnew, failed) {
  const place = document.getElementById("base64");
  let base64 = place.textContent.trim();
  place.remove();
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  video.addEventListener("error", () => {
    if (!base64) { failed(); return; }
    video.src = `data:video/mp4;base64,${base64}`;
    base64 = "";
    loadedAnew();
  });
  video.src = URL.createObjectURL(new Blob([bytes], { type: "video/mp4" }));
}
