using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Naq.Generated;

/// <summary>Builds the JSON shape of generated jobs. Called by generated code only; may change with any version.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class JobJson
{
    /// <summary>
    /// The options of every generated job: camel case, read without regard to it; unknown members are ignored, so that an older worker runs a
    /// newer job; a member that is there twice, missing without a default, or null where the record says that it cannot be, is refused.
    /// </summary>
    public static JsonSerializerOptions Options(IJsonTypeInfoResolver resolver)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            TypeInfoResolver = resolver,
            MaxDepth = JobAssembly.MaxPayloadDepth,
            AllowDuplicateProperties = false,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
        };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>The shape of <typeparamref name="T"/> under <paramref name="options"/>.</summary>
    public static JsonTypeInfo<T> TypeInfo<T>(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
    }

    /// <summary>The shape of <typeparamref name="T"/> in a context that lists it.</summary>
    public static JsonTypeInfo<T> TypeInfo<T>(JsonSerializerContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return (JsonTypeInfo<T>?)context.GetTypeInfo(typeof(T))
            ?? throw new NaqConfigurationException(
                $"{context.GetType().Name} does not list {typeof(T)}. Add [JsonSerializable(typeof({typeof(T).Name}))] to it.");
    }

    /// <summary>A property, with what only a finished <see cref="JsonPropertyInfo"/> can be told.</summary>
    public static JsonPropertyInfo Property<T>(
        JsonSerializerOptions options, JsonPropertyInfoValues<T> values, bool isNullable = true, bool isRequired = false, int order = 0)
    {
        var property = JsonMetadataServices.CreatePropertyInfo(options, values);
        if (!isNullable)
        {
            property.IsGetNullable = false;
            if (values.Setter is not null)
            {
                property.IsSetNullable = false;
            }
        }

        property.IsRequired = isRequired;
        property.Order = order;
        return property;
    }

    /// <summary>A type with a converter of its own, which may be a factory.</summary>
    public static JsonTypeInfo<T> Converted<T>(JsonSerializerOptions options, JsonConverter converter) =>
        JsonMetadataServices.CreateValueInfo<T>(options, Converter<T>(options, converter));

    /// <summary>The converter for <typeparamref name="T"/> that <paramref name="converter"/> is or makes.</summary>
    public static JsonConverter<T> Converter<T>(JsonSerializerOptions options, JsonConverter converter) => converter switch
    {
        JsonConverter<T> direct => direct,
        JsonConverterFactory factory when factory.CanConvert(typeof(T)) && factory.CreateConverter(typeof(T), options) is JsonConverter<T> made =>
            made,
        _ => throw new NaqConfigurationException($"{converter?.GetType().Name} does not convert {typeof(T)}."),
    };
}
