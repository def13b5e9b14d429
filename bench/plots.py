"""Five seconds of the main film with matplotlib: ``python -m bench.plots WAY FILM.mp4`` writes them.

WAY is ``FuncAnimation``, saved frame by frame as the manual has it, or ``blitting``, written by hand: what stands still
is drawn once and copied back, and only what moves is drawn over it. Story, moments, size, rate and colours are those of
`bench/cut.py`; what is drawn comes from the film's own run and nowhere else. FFmpeg's command encodes as Manim does,
beside the drawing; where there is none, Manim's encoder does so in this process.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from manim.utils.rate_functions import smooth
from matplotlib import pyplot as plt
from matplotlib.animation import AbstractMovieWriter, FFMpegWriter, FuncAnimation
from matplotlib.artist import Artist

from bench.cut import E_STEP, M_STEP, FiveSeconds
from bench.encode_only import encoder_to
from em_film.experiment import Experiment, dataset_of_film
from em_film.page.theme import blend, point_opacity, point_radius, rgb, theme_named
from em_film.places import ASSETS
from em_film.runs.moment import Moment

__all__ = ["WAYS", "main"]

_WIDTH, _HEIGHT, _RATE = 1920, 1080, 60
_INCH = 100  # pixels
_LIKE_MANIM = ("-pix_fmt", "yuv420p", "-preset", "medium", "-crf", "23")
_CIRCLE = np.stack([np.cos(angle := np.linspace(0, 2 * np.pi, 121)), np.sin(angle)])
_POINTS_A_UNIT = 72 * _HEIGHT / 8 / _INCH  # Manim's page is eight units high

Write = Callable[[Any], object]


class Plot:
    """A figure with the film's panels, and the artists that show a Moment."""

    def __init__(self) -> None:
        experiment = Experiment.load(ASSETS / FiveSeconds.default_experiment)
        dataset = dataset_of_film(experiment)
        self.run = FiveSeconds.prepare(experiment, dataset)
        self.theme = theme = theme_named("dark")
        count = self.run.history.start.n_components
        self.colours, self.grey = theme.cluster_rgb(count), rgb(theme.dim)
        look = {
            "text.color": theme.ink,
            "axes.labelcolor": theme.dim,
            "axes.edgecolor": theme.dim,
            "xtick.color": theme.dim,
            "ytick.color": theme.dim,
        }
        shape = {"axes.spines.top": False, "axes.spines.right": False, "axes.facecolor": "none", "font.size": 16}
        mpl.rcParams.update({**look, **shape})
        self.figure = plt.figure(figsize=(_WIDTH / _INCH, _HEIGHT / _INCH), dpi=_INCH, facecolor=theme.background)
        self._draw_data(np.asarray(dataset.data.points))
        self._draw_slice()
        self._draw_trace()
        self.header = self.figure.text(0.97, 0.93, "", ha="right", color=theme.dim, size=22)
        self.moving: list[Artist] = [
            *(self.dots, *self.ellipses, *self.means),
            *(self.slice.yaxis, self.blue, self.red, self.gap, self.red_dot, self.blue_dot, self.gap_name),
            *(self.trace, self.header),
        ]

    def _draw_data(self, points: Any) -> None:
        axes = self.figure.add_axes((0.06, 0.12, 0.38, 0.72))
        axes.set(xlim=(points[:, 0].min() - 0.5, points[:, 0].max() + 0.5), xlabel="$x_1$", ylabel="$x_2$")
        axes.set_ylim(points[:, 1].min() - 0.5, points[:, 1].max() + 0.5)
        across = 2 * _POINTS_A_UNIT * point_radius(len(points))
        opacity = point_opacity(len(points))
        self.dots = axes.scatter(*points.T, s=across**2, color=self.grey, alpha=opacity, linewidths=0)
        self.ellipses = [
            axes.plot([], [], color=colour, lw=width)[0] for colour in self.colours for width in (3.4, 1.8)
        ]
        self.means = [axes.plot([], [], "o", color=colour, ms=12)[0] for colour in self.colours]

    def _draw_slice(self) -> None:
        theme, profile = self.theme, self.run.rise(1, 0.0).profile
        self.slice = axes = self.figure.add_axes((0.56, 0.38, 0.41, 0.46))
        axes.set(xlim=(profile.window.left, profile.window.right), title="log-likelihood, nats")
        axes.set_xticks([mark.position for mark in profile.marks], [f"$θ^{{({m.step})}}$" for m in profile.marks])
        for mark in profile.marks:
            axes.axvline(mark.position, color=theme.dim, ls="--", lw=1)
        (self.blue,) = axes.plot([], [], color=theme.blue, lw=4.8)
        (self.red,) = axes.plot(profile.positions, profile.red, color=theme.red, lw=3.4)
        (self.gap,) = axes.plot([], [], color=theme.ink, ls="--", lw=2)
        (self.red_dot,) = axes.plot([], [], "o", color=theme.red, ms=12)
        (self.blue_dot,) = axes.plot([], [], "o", color=theme.blue, ms=12)
        self.gap_name = axes.text(0, 0, "", va="center", clip_on=True)

    def _draw_trace(self) -> None:
        values = self.run.history.log_likelihoods
        axes = self.figure.add_axes((0.56, 0.12, 0.41, 0.13))
        room = 0.05 * (values.max() - values.min())
        axes.set(xlim=(-0.3, len(values) - 0.7), ylim=(values.min() - room, values.max() + room))
        (self.trace,) = axes.plot([], [], "o-", color=self.theme.red, ms=5)

    def moment(self, frame: int) -> Moment:
        """Return what frame ``frame`` shows."""
        seconds = (frame + 1) / _RATE
        if seconds <= E_STEP:
            return self.run.rise(1, float(smooth(seconds / E_STEP)))
        return self.run.m_step(1, float(smooth(min((seconds - E_STEP) / M_STEP, 1.0))))

    def show(self, frame: int) -> list[Artist]:
        """Set what moves to a frame, and return it."""
        now = self.moment(frame)
        mixed = now.certainty * blend(now.posterior, self.colours) + (1 - now.certainty) * self.grey
        self.dots.set_facecolors(mixed)
        roots = np.linalg.cholesky(now.mixture.covariances)
        for k, (mean, root) in enumerate(zip(now.mixture.means, roots, strict=True)):
            for deviations, ellipse in enumerate(self.ellipses[2 * k : 2 * k + 2], 1):
                ellipse.set_data(*(mean[:, None] + deviations * root @ _CIRCLE))
            self.means[k].set_data(mean[:1], mean[1:])
        profile = now.profile
        self.slice.set_ylim(profile.window.low, profile.window.high)
        self.blue.set_data(profile.positions, profile.blue)
        self.gap.set_data([profile.here] * 2, [now.lower_bound, now.log_likelihood])
        self.red_dot.set_data([profile.here], [now.log_likelihood])
        self.blue_dot.set_data([profile.here], [now.lower_bound])
        self.gap_name.set_position((profile.here + 0.06, (now.lower_bound + now.log_likelihood) / 2))
        self.gap_name.set_text(f"KL(q ‖ p) = {max(now.gap, 0.0):.1f}")
        whole = int(now.progress + 1e-9)
        steps = [*range(whole + 1), now.progress]
        values = [*self.run.history.log_likelihoods[: whole + 1], now.log_likelihood]
        self.trace.set_data(steps, values)
        self.header.set_text(f"step {whole}    $ℓ$ = {now.log_likelihood:.{self.run.decimals}f}")
        return self.moving


def by_func_animation(plot: Plot, file: Path, frames: int) -> None:
    """Save a FuncAnimation, as matplotlib's manual has it."""
    animation = FuncAnimation(plot.figure, plot.show, frames=frames, init_func=lambda: plot.moving)
    if FFMpegWriter.isAvailable():
        writer: Any = FFMpegWriter(fps=_RATE, codec="libx264", extra_args=list(_LIKE_MANIM))
    else:
        writer = Frames(fps=_RATE)
    animation.save(file, writer=writer, savefig_kwargs={"facecolor": plot.theme.background})


def by_blitting(plot: Plot, file: Path, frames: int) -> None:
    """Copy back what stands still, and draw what moves over it."""
    canvas: Any = plot.figure.canvas
    for artist in plot.moving:
        artist.set_animated(True)
    canvas.draw()
    still = canvas.copy_from_bbox(plot.figure.bbox)
    with encoding(file) as write:
        for frame in range(frames):
            canvas.restore_region(still)
            for artist in plot.show(frame):
                plot.figure.draw_artist(artist)
            canvas.blit(plot.figure.bbox)
            write(canvas.buffer_rgba())


class Frames(AbstractMovieWriter):
    """Matplotlib's writer of films where there is no FFmpeg command."""

    def setup(self, fig: Any, outfile: Any, dpi: float | None = None) -> None:
        super().setup(fig, outfile, dpi=dpi)
        self._stack = ExitStack()
        self._write = self._stack.enter_context(encoding(Path(outfile)))

    def grab_frame(self, **savefig_kwargs: Any) -> None:
        frame = io.BytesIO()
        self.fig.savefig(frame, format="rgba", dpi=self.dpi, **savefig_kwargs)
        self._write(frame.getbuffer())

    def finish(self) -> None:
        self._stack.close()


@contextmanager
def encoding(file: Path) -> Iterator[Write]:
    """Encode frames as Manim does; yields what takes the bytes of one."""
    if shutil.which("ffmpeg"):
        raw = ("-f", "rawvideo", "-pix_fmt", "rgba", "-s", f"{_WIDTH}x{_HEIGHT}", "-r", str(_RATE), "-i", "-")
        command = ["ffmpeg", "-y", "-loglevel", "error", *raw, "-c:v", "libx264", *_LIKE_MANIM, str(file)]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            assert process.stdin is not None
            yield process.stdin.write
        if process.returncode:
            raise SystemExit("ffmpeg failed")
        return
    encoder = encoder_to(file, _WIDTH, _HEIGHT, _RATE, {})
    yield lambda frame: encoder.write_frame(np.frombuffer(frame, np.uint8).reshape(_HEIGHT, _WIDTH, 4))
    encoder.finish()


WAYS: dict[str, Callable[[Plot, Path, int], None]] = {"FuncAnimation": by_func_animation, "blitting": by_blitting}


def main() -> None:
    """Write the film; a third argument is how many frames of it."""
    way, file = sys.argv[1], Path(sys.argv[2])
    frames = int(sys.argv[3]) if len(sys.argv) > 3 else round(_RATE * (E_STEP + M_STEP))
    mpl.use("agg")
    WAYS[way](Plot(), file, frames)


if __name__ == "__main__":
    main()
