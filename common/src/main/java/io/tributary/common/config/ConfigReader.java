package io.tributary.common.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.cfg.MapperBuilder;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.LoaderOptions;

/**
 * Turns YAML files and JSON bytes into validated records, and says in one line what is wrong.
 *
 * <p>The only door for configuration: files come through {@link #readYaml}, the job that a
 * coordinator offers comes through {@link #readJson}, and both end in the same records with the
 * same checks. Keys are kebab-case; an unknown key is an error with a suggestion, a duplicate key
 * is an error, and no value is silently converted (a text is not a number). Sizes and nesting are
 * bounded before anything is read; nothing in the input can name a class.
 */
public final class ConfigReader {
  /** Most bytes of one configuration; real ones have a few hundred. */
  public static final int MAX_CONFIG_BYTES = 256 * 1024;

  /** Keys of each record; a site reads a job with every offer. As many as there are records. */
  private static final Map<JavaType, Map<String, JavaType>> KEYS = new ConcurrentHashMap<>();

  private static final int MAX_NESTING = 32;

  private static final ObjectMapper YAML = configure(YAMLMapper.builder(yamlFactory())).build();
  private static final ObjectMapper JSON = configure(JsonMapper.builder(jsonFactory())).build();

  private ConfigReader() {}

  /**
   * Reads a YAML file.
   *
   * @throws UserErrorException naming file, key, value and what to do
   */
  public static <T> T readYaml(Path file, Class<T> type) {
    return parse(YAML, bytesOf(file), type, file.toString());
  }

  /**
   * Reads YAML (or JSON, which is YAML too) that came from elsewhere.
   *
   * @param source how the error message calls the input, such as "the submitted job"
   */
  public static <T> T readYamlText(byte[] text, Class<T> type, String source) {
    if (text.length > MAX_CONFIG_BYTES) {
      throw tooLarge(source, text.length);
    }
    return parse(YAML, text, type, source);
  }

  /**
   * Reads JSON bytes that came from elsewhere.
   *
   * @param source how the error message calls the input, such as "the offered job"
   */
  public static <T> T readJson(byte[] json, Class<T> type, String source) {
    if (json.length > MAX_CONFIG_BYTES) {
      throw tooLarge(source, json.length);
    }
    return parse(JSON, json, type, source);
  }

  /** Canonical JSON: sorted keys, no spaces, absent values left out. Equal records, equal bytes. */
  public static byte[] toCanonicalJson(Object config) {
    try {
      return JSON.writeValueAsBytes(config);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write " + config.getClass() + " as JSON", e);
    }
  }

  /**
   * The effective configuration, defaults filled in, as YAML: what {@code --print-config} shows.
   */
  public static String toYaml(Object config) {
    try {
      return YAML.writeValueAsString(config);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write " + config.getClass() + " as YAML", e);
    }
  }

  private static byte[] bytesOf(Path file) {
    try {
      byte[] bytes = BoundedFile.read(file, MAX_CONFIG_BYTES);
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return bytes;
    } catch (NoSuchFileException e) {
      throw usage(file + " does not exist: give the path of a YAML file", e);
    } catch (BoundedFile.FileTooLargeException e) {
      throw usage(file + " has more than the " + MAX_CONFIG_BYTES + " bytes that are read", e);
    } catch (CharacterCodingException e) {
      throw usage(file + " is not UTF-8 text: save it as UTF-8", e);
    } catch (IOException e) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          file + " cannot be read (" + reason(e) + "): check that it is a file you may read",
          e);
    }
  }

  private static <T> T parse(ObjectMapper mapper, byte[] bytes, Class<T> type, String source) {
    try {
      // Before the values are looked at: a mistyped key would otherwise be reported as a missing
      // one.
      refuseUnknownKeys(mapper, mapper.readTree(bytes), mapper.constructType(type), "", source);
      T value = mapper.readValue(bytes, type);
      if (value == null) {
        throw usage(source + " is empty: it needs at least its required keys", null);
      }
      return value;
    } catch (ValueInstantiationException e) {
      String message = e.getCause() == null ? e.getOriginalMessage() : e.getCause().getMessage();
      throw usage(source + ": " + message, e);
    } catch (MismatchedInputException e) {
      throw usage(source + place(e.getLocation()) + ": " + mismatch(e), e);
    } catch (JsonMappingException e) {
      throw usage(source + place(e.getLocation()) + ": " + syntax(e), e);
    } catch (JsonParseException e) {
      throw usage(source + place(e.getLocation()) + ": " + syntax(e), e);
    } catch (IOException e) {
      throw usage(source + ": " + firstLine(e.getMessage()), e);
    }
  }

  /** Both mappers name keys alike. */
  private static Map<String, JavaType> keys(ObjectMapper mapper, JavaType type) {
    Map<String, JavaType> known = new TreeMap<>();
    for (BeanPropertyDefinition property :
        mapper.getDeserializationConfig().introspect(type).findProperties()) {
      known.put(property.getName(), property.getPrimaryType());
    }
    return known;
  }

  private static void refuseUnknownKeys(
      ObjectMapper mapper, JsonNode node, JavaType type, String parent, String source) {
    if (node == null || !node.isObject() || !type.isRecordType()) {
      return; // a value of the wrong kind is reported with its key and place by the reading itself
    }
    Map<String, JavaType> known = KEYS.computeIfAbsent(type, record -> keys(mapper, record));
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      String key = parent + entry.getKey();
      JavaType valueType = known.get(entry.getKey());
      if (valueType == null) {
        throw usage(
            source
                + ": unknown key "
                + key
                + ClosestName.of(entry.getKey(), known.keySet())
                    .map(name -> ": did you mean " + parent + name + "?")
                    .orElseGet(() -> ": known keys here are " + String.join(", ", known.keySet())),
            null);
      }
      refuseUnknownKeys(mapper, entry.getValue(), valueType, key + ".", source);
    }
  }

  private static String mismatch(MismatchedInputException e) {
    String key = path(e.getPath());
    if (e.getPath().isEmpty()) {
      return "expected keys and values, found something else";
    }
    Class<?> target = e.getTargetType();
    return key + " must be " + nameOf(target) + " (" + firstLine(e.getOriginalMessage()) + ")";
  }

  private static String nameOf(Class<?> type) {
    if (type == null) {
      return "another kind of value";
    } else if (type == Integer.class
        || type == Long.class
        || type == int.class
        || type == long.class) {
      return "a whole number";
    } else if (type == Double.class || type == double.class) {
      return "a number";
    } else if (type == Boolean.class || type == boolean.class) {
      return "true or false";
    } else if (type == String.class) {
      return "a text";
    } else if (type.isEnum()) {
      return "one of "
          + List.of(type.getEnumConstants()).stream()
              .map(String::valueOf)
              .collect(Collectors.joining(", "));
    } else if (List.class.isAssignableFrom(type)) {
      return "a list";
    }
    return "a group of keys";
  }

  private static String path(List<JsonMappingException.Reference> path) {
    StringBuilder text = new StringBuilder();
    for (JsonMappingException.Reference step : path) {
      if (step.getFieldName() == null) {
        text.append('[').append(step.getIndex()).append(']');
      } else {
        text.append(text.isEmpty() ? "" : ".").append(step.getFieldName());
      }
    }
    return text.toString();
  }

  private static String place(JsonLocation location) {
    return location == null || location.getLineNr() < 1
        ? ""
        : " line " + location.getLineNr() + " column " + location.getColumnNr();
  }

  private static String syntax(JsonProcessingException e) {
    return firstLine(e.getOriginalMessage());
  }

  private static String firstLine(String message) {
    return message == null ? "unreadable" : message.lines().findFirst().orElse("unreadable");
  }

  private static String reason(IOException e) {
    return e instanceof java.nio.file.AccessDeniedException
        ? "permission denied"
        : firstLine(
            e instanceof FileSystemException named && named.getReason() != null
                ? named.getReason()
                : e.getMessage());
  }

  private static UserErrorException tooLarge(String source, long bytes) {
    return usage(
        source + " has " + bytes + " bytes but at most " + MAX_CONFIG_BYTES + " are read", null);
  }

  private static UserErrorException usage(String message, Throwable cause) {
    return new UserErrorException(UserErrorException.Kind.USAGE, message, cause);
  }

  private static YAMLFactory yamlFactory() {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setCodePointLimit(MAX_CONFIG_BYTES);
    options.setMaxAliasesForCollections(0);
    options.setNestingDepthLimit(MAX_NESTING);
    YAMLFactory factory =
        YAMLFactory.builder()
            .loaderOptions(options)
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    factory.setStreamReadConstraints(constraints());
    return factory;
  }

  private static JsonFactory jsonFactory() {
    return JsonFactory.builder()
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .streamReadConstraints(constraints())
        .build();
  }

  private static StreamReadConstraints constraints() {
    return StreamReadConstraints.builder()
        .maxDocumentLength(MAX_CONFIG_BYTES)
        .maxNestingDepth(MAX_NESTING)
        .maxStringLength(MAX_CONFIG_BYTES)
        .maxNumberLength(64)
        .build();
  }

  private static <M extends ObjectMapper, B extends MapperBuilder<M, B>> B configure(B builder) {
    return builder
        .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
        .defaultPropertyInclusion(
            JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
        .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
        .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .withCoercionConfig(
            LogicalType.Textual,
            config -> {
              config.setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
              config.setCoercion(CoercionInputShape.Integer, CoercionAction.TryConvert);
            });
  }
}
