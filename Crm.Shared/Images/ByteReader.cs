using System.Buffers.Binary;

namespace Crm.Shared.Images;

/// <summary>Goes through a file that may end anywhere: past its end there are no bytes, and <see cref="IsPast"/> says so.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> file)
{
    private readonly ReadOnlySpan<byte> _file = file;

    public int Position { get; private set; }

    /// <summary>Whether more was asked for than there was.</summary>
    public bool IsPast { get; private set; }

    public readonly bool IsAtEnd => Position >= _file.Length;

    /// <summary>What was read since a place.</summary>
    public readonly ReadOnlySpan<byte> Since(int start) => _file[start..Position];

    public ReadOnlySpan<byte> Take(long length)
    {
        if (length < 0 || length > _file.Length - Position)
        {
            IsPast = true;
            Position = _file.Length;
            return [];
        }

        Position += (int)length;
        return _file.Slice(Position - (int)length, (int)length);
    }

    public byte Byte() => Take(1) is [var value] ? value : (byte)0;

    public ushort BigUInt16() => Take(2) is { Length: 2 } bytes ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : (ushort)0;

    public ushort LittleUInt16() => Take(2) is { Length: 2 } bytes ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : (ushort)0;

    public uint BigUInt32() => Take(4) is { Length: 4 } bytes ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : 0;

    public uint LittleUInt32() => Take(4) is { Length: 4 } bytes ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;

    /// <summary>Goes to where the next 0xFF stands that no zero and no restart mark follows: the end of a JPEG's coded data.</summary>
    public void SkipCodedData()
    {
        while (true)
        {
            var next = _file[Position..].IndexOf((byte)0xFF);
            if (next < 0 || Position + next + 1 >= _file.Length)
            {
                IsPast = true;
                Position = _file.Length;
                return;
            }

            Position += next;
            if (_file[Position + 1] is not (0x00 or (>= 0xD0 and <= 0xD7)))
                return;
            Position += 2;
        }
    }
}
