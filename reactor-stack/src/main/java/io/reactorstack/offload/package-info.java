/**
 * Segmentation, merging and checksums in software, between the link layer and a device that does not offer them.
 *
 * <p>TCP and UDP send up to 64 KiB in one packet whose facts hold a segment size. Such a super-frame passes all layers as
 * one unit. If the device does not take it ({@link io.reactorstack.packet.Offload}), the stage {@link
 * io.reactorstack.offload.Segmentation} cuts it just above the device. Read {@link io.reactorstack.offload.Cutter} first:
 * it makes the segments of one frame, by the places of the headers that {@code FrameLayout} reads. {@code Merging} does the
 * reverse for received segments of TCP.
 */
@NullMarked
package io.reactorstack.offload;

import org.jspecify.annotations.NullMarked;
