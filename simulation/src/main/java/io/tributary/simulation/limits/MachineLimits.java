package io.tributary.simulation.limits;

import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What this machine can do at the time of asking: the yardsticks of a swarm, measured in its own
 * run, because disks and shared processors change from minute to minute. Rates are in units of 10^6
 * bytes a second.
 *
 * @param tlsLoopbackMegabytesPerSecond TLS 1.3 from one thread of this process to another over
 *     loopback, by the contexts of {@code common.tls}
 * @param tlsSha256LoopbackMegabytesPerSecond the same, with SHA-256 of every byte at the receiver
 * @param diskWriteFsyncMegabytesPerSecond files of an update's size, written and forced one after
 *     the other
 * @param memoryMegabytesPerSecond one thread's {@code a[i] = b[i] + c[i]} over doubles far beyond
 *     any cache: 24 bytes a value
 */
public record MachineLimits(
    double tlsLoopbackMegabytesPerSecond,
    double tlsSha256LoopbackMegabytesPerSecond,
    double diskWriteFsyncMegabytesPerSecond,
    double memoryMegabytesPerSecond) {

  /** What is done, in plain words, a line for each rate. */
  public static final List<String> EXPLANATION =
      List.of(
          "TLS: two threads of this process send 256 KiB blocks over two TLS 1.3 connections on"
              + " loopback to two others, with the product's Netty, BoringSSL and certificates;"
              + " nothing is done with what arrives",
          "TLS + SHA-256: the same, and the receiver hashes every byte",
          "write + fsync: files of the update's size, each written, forced to disk and closed"
              + " before the next, then deleted",
          "memory: one thread adds two arrays of doubles into a third, far larger than any cache;"
              + " 24 bytes a value");

  /**
   * Measures all four.
   *
   * @param coordinator the coordinator's TLS context
   * @param site any site's TLS context
   * @param host that the coordinator's certificate carries
   * @param directory on the disk that counts
   * @param fileBytes of each file, the size of an update
   * @param millis for each
   */
  public static MachineLimits measure(
      SslContext coordinator,
      SslContext site,
      String host,
      Path directory,
      long fileBytes,
      long millis)
      throws IOException, InterruptedException {
    return new MachineLimits(
        TlsLoopback.megabytesPerSecond(coordinator, site, host, false, millis),
        TlsLoopback.megabytesPerSecond(coordinator, site, host, true, millis),
        DiskRate.megabytesPerSecond(directory, fileBytes, millis),
        MemoryRate.megabytesPerSecond(millis));
  }

  /** The smaller of each pair: what was there all the time. */
  public MachineLimits smaller(MachineLimits other) {
    return new MachineLimits(
        Math.min(tlsLoopbackMegabytesPerSecond, other.tlsLoopbackMegabytesPerSecond),
        Math.min(tlsSha256LoopbackMegabytesPerSecond, other.tlsSha256LoopbackMegabytesPerSecond),
        Math.min(diskWriteFsyncMegabytesPerSecond, other.diskWriteFsyncMegabytesPerSecond),
        Math.min(memoryMegabytesPerSecond, other.memoryMegabytesPerSecond));
  }

  /** What bounds durable, verified ingest: the smaller of TLS with SHA-256 and write + fsync. */
  public double ingestLimit() {
    return Math.min(tlsSha256LoopbackMegabytesPerSecond, diskWriteFsyncMegabytesPerSecond);
  }
}
