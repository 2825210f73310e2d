package io.tributary.transformer;

import io.tributary.transformer.GpuCard.ComputeCapability;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.environment.Nd4jEnvironment;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What numerical work runs on, for {@code tributary doctor}.
 *
 * @param nd4jVersion version of ND4J
 * @param backend {@code CPU} or {@code CUDA}
 * @param device the processor's build, or the card
 * @param blasVendor library that multiplies matrices
 * @param blasThreads its threads
 * @param openMpThreads threads of ND4J's own loops
 * @param cores processors the JVM sees
 * @param offHeapLimitBytes most native memory JavaCPP hands out ({@code
 *     org.bytedeco.javacpp.maxbytes}); 0 for no limit
 * @param physicalLimitBytes most resident memory before it refuses ({@code
 *     org.bytedeco.javacpp.maxphysicalbytes}); 0 for no limit
 * @param offHeapUsedBytes native memory in use
 * @param heapLimitBytes most Java heap
 * @param cards graphics cards found, used or not
 * @param advice what is missing for CUDA and which card is too new; see {@link CudaAdvice}
 */
public record DeviceReport(
    String nd4jVersion,
    String backend,
    String device,
    String blasVendor,
    int blasThreads,
    int openMpThreads,
    int cores,
    long offHeapLimitBytes,
    long physicalLimitBytes,
    long offHeapUsedBytes,
    long heapLimitBytes,
    List<GpuCard> cards,
    List<String> advice) {

  /** Copies the lists. */
  public DeviceReport {
    cards = List.copyOf(cards);
    advice = List.copyOf(advice);
  }

  /**
   * Loads ND4J and asks it, and NVIDIA's driver where ND4J runs on the CPU.
   *
   * @throws IllegalStateException if no backend can start, as with {@code -Pcuda} where CUDA is not
   *     installed; its message says what is missing
   */
  public static DeviceReport read() {
    Properties environment = startBackend();
    boolean cuda = !Nd4j.getEnvironment().isCPU();
    List<GpuCard> cards = cuda ? cardsOf(environment) : NvidiaSmi.cards();
    String device =
        cuda
            ? String.join(", ", cards.stream().map(GpuCard::name).toList())
            : System.getProperty("os.arch") + " (" + cpuBuild() + ")";
    return new DeviceReport(
        versionOfNd4j(),
        String.valueOf(environment.get(Nd4jEnvironment.BACKEND_KEY)),
        device,
        String.valueOf(environment.get(Nd4jEnvironment.BLAS_VENDOR_KEY)),
        number(environment.get(Nd4jEnvironment.BLAS_THREADS_KEY)),
        number(environment.get(Nd4jEnvironment.OMP_THREADS_KEY)),
        Runtime.getRuntime().availableProcessors(),
        Pointer.maxBytes(),
        Pointer.maxPhysicalBytes(),
        Pointer.totalBytes(),
        Runtime.getRuntime().maxMemory(),
        cards,
        CudaAdvice.lines(cuda, cards));
  }

  private static Properties startBackend() {
    try {
      return Nd4j.getExecutioner().getEnvironmentInformation();
    } catch (LinkageError e) {
      throw new IllegalStateException(
          "ND4J's backend cannot start ("
              + e
              + "): a build with -Pcuda needs NVIDIA's driver, CUDA 11.6 and cuDNN 8; a build"
              + " without it needs the natives of this platform",
          e);
    }
  }

  private static String versionOfNd4j() {
    Properties properties = new Properties();
    try (InputStream stream =
        Nd4j.class.getResourceAsStream("/META-INF/maven/org.nd4j/nd4j-api/pom.properties")) {
      if (stream != null) {
        properties.load(stream);
      }
    } catch (IOException e) {
      return "unknown";
    }
    return properties.getProperty("version", "unknown");
  }

  private static String cpuBuild() {
    return Nd4j.getEnvironment().helpersAllowed() ? "oneDNN helpers allowed" : "no oneDNN helpers";
  }

  private static List<GpuCard> cardsOf(Properties environment) {
    List<GpuCard> cards = new ArrayList<>();
    if (environment.get(Nd4jEnvironment.CUDA_DEVICE_INFORMATION_KEY) instanceof List<?> devices) {
      for (Object device : devices) {
        if (device instanceof Map<?, ?> card) {
          int major = number(card.get(Nd4jEnvironment.CUDA_DEVICE_MAJOR_VERSION_KEY));
          int minor = number(card.get(Nd4jEnvironment.CUDA_DEVICE_MINOR_VERSION_KEY));
          Object memory = card.get(Nd4jEnvironment.CUDA_TOTAL_MEMORY_KEY);
          cards.add(
              new GpuCard(
                  String.valueOf(card.get(Nd4jEnvironment.CUDA_DEVICE_NAME_KEY)),
                  major > 0 ? Optional.of(new ComputeCapability(major, minor)) : Optional.empty(),
                  memory instanceof Number bytes ? bytes.longValue() : 0));
        }
      }
    }
    return cards;
  }

  private static int number(Object value) {
    return value instanceof Number number ? number.intValue() : 0;
  }
}
