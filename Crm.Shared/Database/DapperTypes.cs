using System.Data;
using System.Text.Json;
using Dapper;

namespace Crm.Shared.Database;

/// <summary>The CLR types Dapper does not map by itself: UTC times, text arrays and JSON.</summary>
internal static class DapperTypes
{
    public static void Register()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.AddTypeHandler(new Timestamp());
        SqlMapper.AddTypeHandler(new TextArray());
        SqlMapper.AddTypeHandler(new Json());
    }

    private sealed class Timestamp : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override DateTimeOffset Parse(object value) => value switch
        {
            DateTime time => new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)),
            DateTimeOffset time => time,
            _ => throw new DataException($"Cannot read a {value.GetType().Name} as a time."),
        };

        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value)
        {
            parameter.DbType = DbType.DateTime;
            parameter.Value = value.UtcDateTime;
        }
    }

    private sealed class TextArray : SqlMapper.TypeHandler<string[]>
    {
        public override string[] Parse(object value) => (string[])value;

        public override void SetValue(IDbDataParameter parameter, string[]? value) => parameter.Value = value ?? (object)DBNull.Value;
    }

    private sealed class Json : SqlMapper.TypeHandler<JsonElement>
    {
        public override JsonElement Parse(object value) => JsonDocument.Parse((string)value).RootElement.Clone();

        public override void SetValue(IDbDataParameter parameter, JsonElement value) => parameter.Value = value.GetRawText();
    }
}
