package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.config.ConfigReader;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A site that waits for its first task has not loaded ND4J, which takes hundreds of megabytes. */
final class IdleSiteTest {
  @TempDir private Path directory;

  @Test
  void loadsNoNumericalEngineBeforeItsFirstTask() throws Exception {
    TestFederation federation = new TestFederation(directory);
    SiteConfig config = federation.site("north", 1);
    Files.createDirectories(Path.of(config.data().path()));
    Files.writeString(
        Path.of(config.data().path()).resolve("text.txt"), "to be or not to be. ".repeat(100));
    Path yaml = directory.resolve("site.yaml");
    Files.writeString(yaml, ConfigReader.toYaml(config));

    try (Recording loader = new Recording()) {
      Object explained =
          ((Callable<?>)
                  loader
                      .loadClass(IdleSite.class.getName())
                      .getDeclaredConstructor(String.class)
                      .newInstance(yaml.toString()))
              .call();

      assertThat(explained).asString().contains("token.embedding");
      assertThat(loader.loaded).contains("io.tributary.client.train.ModelTrainer");
      assertThat(loader.loaded).noneMatch(name -> name.startsWith("org.nd4j."));
      assertThat(loader.loaded).noneMatch(name -> name.startsWith("org.bytedeco."));
    }
  }

  /** Everything a site does before its first task. */
  public static final class IdleSite implements Callable<String> {
    private final Path yaml;

    /** For reflection. */
    public IdleSite(String yaml) {
      this.yaml = Path.of(yaml);
    }

    @Override
    public String call() {
      SiteConfig config = SiteConfig.read(yaml);
      try (SiteAgent agent = SiteAgent.open(config, AgentOptions.standard())) {
        agent.start();
      }
      return UpdateExplanation.of(config, TestJobs.job(), AgentOptions.standard()).text();
    }
  }

  /** Loads this module's classes anew and writes down every name. */
  private static final class Recording extends URLClassLoader {
    private final Set<String> loaded = ConcurrentHashMap.newKeySet();

    Recording() {
      super(classPath(), ClassLoader.getPlatformClassLoader());
    }

    private static URL[] classPath() {
      return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
          .map(
              entry -> {
                try {
                  return new File(entry).toURI().toURL();
                } catch (MalformedURLException e) {
                  throw new AssertionError(e);
                }
              })
          .toArray(URL[]::new);
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      Class<?> found = super.findClass(name);
      loaded.add(name);
      return found;
    }

    @Override
    public String toString() {
      return new TreeSet<>(loaded).toString();
    }
  }
}
