"""Two sides of a recording, put together from packets of any codec, a second at a time."""

from __future__ import annotations

from collections.abc import Iterable

import av
import numpy as np
from numpy.typing import NDArray

from switch.recording.codec import RATES_HZ, Decoder, Samples, decoder_of
from switch.recording.tape.line import Side
from switch.recording.tape.tape import Heard

_LOUDEST = 32767
_MOST_STREAMS = 32
"""Decoders kept: who changes his SSRC with each packet gets no more of them."""


class _Lane:
    """What is heard on one side at one rate: silence, but where something was put.

    It is resampled as a whole: packet by packet there would be a click at each seam.
    """

    def __init__(self, rate_hz: int, out_rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._begins = 0
        """The place of the first sample that has not been taken."""
        self._samples = np.zeros(4 * rate_hz, np.int32)
        self._out = np.zeros(0, np.int32)
        self._resampler = (
            None
            if rate_hz == out_rate_hz
            else av.AudioResampler(format="s16", layout="mono", rate=out_rate_hz)
        )

    def put(self, place: int, samples: Samples) -> None:
        """Add samples; those that would lie before what was taken are lost."""
        start = place - self._begins
        if start < 0:
            samples, start = samples[-start:], 0
        missing = start + len(samples) - len(self._samples)
        if missing > 0:
            self._samples = np.concatenate(
                [self._samples, np.zeros(missing + self.rate_hz, np.int32)]
            )
        self._samples[start : start + len(samples)] += samples

    def advance(self, until_s: float, *, last: bool) -> int:
        """Take the samples until an instant; returns how many can be had at the rate wanted."""
        count = max(0, round(until_s * self.rate_hz) - self._begins)
        if count > len(self._samples):
            taken = np.concatenate([self._samples, np.zeros(count - len(self._samples), np.int32)])
            self._samples = np.zeros(self.rate_hz, np.int32)
        else:
            taken, self._samples = self._samples[:count], self._samples[count:]
        self._begins += count
        self._out = np.concatenate([self._out, self._resampled(taken, last=last)])
        return len(self._out)

    def _resampled(self, samples: NDArray[np.int32], *, last: bool) -> NDArray[np.int32]:
        if self._resampler is None:
            return samples
        clipped = np.clip(samples, -_LOUDEST, _LOUDEST).astype(np.int16)
        frames = []
        if len(clipped):
            frame = av.AudioFrame.from_ndarray(clipped.reshape(1, -1), "s16", "mono")
            frame.sample_rate = self.rate_hz
            frames = self._resampler.resample(frame)
        if last:
            frames += self._resampler.resample(None)
        parts = [one.to_ndarray()[0].astype(np.int32) for one in frames]
        return np.concatenate(parts) if parts else np.zeros(0, np.int32)

    def pull(self, count: int) -> NDArray[np.int32]:
        """Return the next samples at the rate wanted; silence where there are no more."""
        part, self._out = self._out[:count], self._out[count:]
        return np.pad(part, (0, count - len(part)))


class Mix:
    """Puts what is heard to the left or right; hands out both sides as one.

    ``unreadable`` are the codecs of what could not be decoded.
    """

    def __init__(self, lanes: Iterable[tuple[Side, str]], *, rate_hz: int) -> None:
        """Prepare lanes for the codecs that each side will have."""
        wanted = {(side, RATES_HZ[codec]) for side, codec in lanes if codec in RATES_HZ}
        wanted |= {(Side.LEFT, rate_hz), (Side.RIGHT, rate_hz)}
        self._lanes = {(side, rate): _Lane(rate, rate_hz) for side, rate in sorted(wanted)}
        self._rate_hz = rate_hz
        self._decoders: dict[int, Decoder] = {}
        self._written: dict[int, int] = {}
        """Where the last packet of each stream ended."""
        self._handed_out = 0
        self.unreadable: set[str] = set()

    def put(self, heard: Heard) -> None:
        """Put a packet where it belongs."""
        rate_hz = RATES_HZ.get(heard.codec)
        if rate_hz is None:
            self.unreadable.add(heard.codec)
            return
        samples = self._decoder(heard).decode(heard.placed.payload)
        placed = heard.placed
        place = round(placed.anchor_s * rate_hz) + placed.ticks * rate_hz // heard.clock_hz
        # Where the anchor was moved back, the packets overlap: what was put first stays.
        overlap = self._written.get(heard.stream, 0) - place
        if overlap > 0:
            samples, place = samples[overlap:], place + overlap
        if len(samples):
            self._lanes[heard.side, rate_hz].put(place, samples)
            self._written[heard.stream] = place + len(samples)

    def _decoder(self, heard: Heard) -> Decoder:
        # The one that was used last stands last.
        decoder = self._decoders.pop(heard.stream, None) or decoder_of(heard.codec)
        self._decoders[heard.stream] = decoder
        if len(self._decoders) > _MOST_STREAMS:
            oldest = next(iter(self._decoders))
            del self._decoders[oldest]
            self._written.pop(oldest, None)
        return decoder

    def until(self, at_s: float) -> Samples:
        """Return both sides, as rows of left and right, until an instant or shortly before it."""
        return self._pull(min(lane.advance(at_s, last=False) for lane in self._lanes.values()))

    def rest(self, duration_s: float) -> Samples:
        """Return what remains of a recording that lasts so long."""
        for lane in self._lanes.values():
            lane.advance(duration_s, last=True)
        return self._pull(max(0, round(duration_s * self._rate_hz) - self._handed_out))

    def _pull(self, count: int) -> Samples:
        self._handed_out += count
        sides = {side: np.zeros(count, np.int32) for side in Side}
        for (side, _rate), lane in self._lanes.items():
            sides[side] += lane.pull(count)
        both = np.stack([sides[Side.LEFT], sides[Side.RIGHT]], axis=1)
        return np.clip(both, -_LOUDEST, _LOUDEST).astype(np.int16)
