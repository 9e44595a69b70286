using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Crm.Functions.OpenApi;

/// <summary>
/// What the compiled code of a use case says of its answers, for the API's description: every <see cref="Error"/> that it
/// names, and whether it knows versions; with all code of ours that it calls. Nobody keeps a list beside the code, so
/// none can be forgotten or outlive what it says. The tests hold the other side: each answer they get must be described.
/// </summary>
internal sealed class UseCaseCode
{
    private static readonly FrozenDictionary<short, OpCode> Codes =
        typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (OpCode)field.GetValue(null)!).ToFrozenDictionary(code => code.Value);

    private readonly HashSet<Error> _errors = [];
    private readonly HashSet<MethodBase> _methods = [];

    public UseCaseCode(MethodInfo useCase)
    {
        var left = new Stack<MethodBase>([useCase]);
        while (left.TryPop(out var method))
        {
            if (method.DeclaringType?.Assembly != typeof(UseCaseCode).Assembly || !_methods.Add(method))
                continue;
            // What an async method does stands in its state machine.
            if (method.GetCustomAttribute<StateMachineAttribute>() is { } machine)
                left.Push(machine.StateMachineType.GetMethod("MoveNext", BindingFlags.Instance | BindingFlags.NonPublic)!);
            foreach (var named in Named(method))
            {
                if (named is FieldInfo { IsStatic: true } field && field.FieldType == typeof(Error))
                    _errors.Add((Error)field.GetValue(null)!);
                else if (named is MethodBase called)
                    left.Push(called);
            }
        }
    }

    /// <summary>What it may refuse with.</summary>
    public IReadOnlyCollection<Error> Errors => _errors;

    /// <summary>Whether its answers have an <c>ETag</c>.</summary>
    public bool HasTag => Calls(nameof(Reply<object>.Versioned)) || Calls(nameof(Reply<object>.Live)) || Calls(nameof(Reply<object>.Cached));

    /// <summary>Whether it heeds <c>If-Match</c>.</summary>
    public bool HeedsVersion => Calls(nameof(Etag.Conflict));

    private bool Calls(string name) => _methods.Any(method => method.Name == name);

    /// <summary>The methods and fields that a method's instructions name.</summary>
    private static IEnumerable<MemberInfo> Named(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        var ofType = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            // The first byte of a code of two is 0xFE.
            var operation = Codes[code[at] == 0xFE ? BinaryPrimitives.ReadInt16BigEndian(code.AsSpan(at)) : code[at]];
            at += operation.Size;
            if (operation.OperandType is OperandType.InlineMethod or OperandType.InlineField)
                yield return method.Module.ResolveMember(BitConverter.ToInt32(code, at), ofType, ofMethod)!;
            at += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
                _ => 4,
            };
        }
    }
}
