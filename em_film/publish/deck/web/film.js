// The film lies in the page once, as base64. A Blob of it is a file to the browser: it seeks without a network.

function filmUrl() {
  const text = atob(document.getElementById("base64").textContent.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  document.getElementById("base64").remove();
  return URL.createObjectURL(new Blob([bytes], { type: "video/mp4" }));
}
